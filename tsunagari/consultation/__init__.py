"""Consultation at any hour: the chat, the queue, the counsellor's console (話す).

A person's thread is a `Conversation`; one contact in it is a `Task`; an offer of the task to one counsellor
on duty (`Shift`) is a `Reservation`. The states and their changes are tables in `states.py`; code, tests and
docs/consultation.md read them. What people say is encrypted under the conversation's own key (`keys.py`).
"""
