"""The guided finder: questions that lead to a line, an office, a programme (data/guide/).

rules       questions, answers, conditions and results as data, checked when read
path        which questions a person's answers lead through, and what comes next
outcome     what these answers lead to, and because of which answer
state       the answers as they travel, sealed, from page to page
gathering   what the directory has of it, and what answers at a moment
wording     which language of a text is shown
in_use      the rules of this installation

The first four know neither Django nor a database: the same answers give the same outcome for ever.
"""
