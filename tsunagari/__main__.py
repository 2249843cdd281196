"""The command line of tsunagari: ``python -m tsunagari run``, and what else ``--help`` lists."""

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.core.management import execute_from_command_line

from tsunagari.config.env import env
from tsunagari.core.runtime.backup import BackupFailed, backup, restore
from tsunagari.core.runtime.catalogues import compile_catalogues
from tsunagari.core.runtime.postgres import DatabaseProblem, ensure_server
from tsunagari.core.runtime.supervisor import Options, run, supervisor_pid

ROOT = Path(__file__).resolve().parent.parent
MASTER_KEY_NOTE = """このファイルだけでは、相談や支援の記録は読めません。
マスターキー（TSUNAGARI_MASTER_KEY、デモでは {var}/master.key）を、別の安全な場所に保管してください。
  This file alone does not open what people said: keep the master key (TSUNAGARI_MASTER_KEY; for a demo
  {var}/master.key) safe, in another place. Records that were erased are gone for good when the last
  backup that holds their keys is deleted: delete backups older than 30 days."""


def var_folder() -> Path:
    """Return the folder for everything that is written (``TSUNAGARI_VAR``; relative to the repository)."""
    return (ROOT / env("TSUNAGARI_VAR")).resolve()


@contextlib.contextmanager
def database_url() -> Iterator[str]:
    """Yield the address of the configured database; the embedded server runs meanwhile."""
    if url := env("DATABASE_URL"):
        yield url
        return
    server = ensure_server(var_folder())
    try:
        yield server.url
    finally:
        server.stop()


def run_site() -> int:
    """Run the site until Ctrl-C."""
    processes = env("WEB_PROCESSES")
    if processes and not processes.isdecimal():
        print(f"WEB_PROCESSES は数で書きます / WEB_PROCESSES is a number: {processes!r}", file=sys.stderr)
        return 1
    return run(
        Options(
            var=var_folder(),
            address=env("WEB_ADDRESS"),
            database_url=env("DATABASE_URL"),
            web_processes=int(processes or 0),
            trusted_proxies=env("TRUSTED_PROXIES"),
        )
    )


def back_up(file: Path) -> int:
    """Write the database into ``file``."""
    with database_url() as url:
        size = backup(url=url, file=file)
    print(f"バックアップしました / backed up: {file} ({size / 1e6:.1f} MB)\n")
    print(MASTER_KEY_NOTE.format(var=var_folder()))
    return 0


def put_back(file: Path, *, replace: bool) -> int:
    """Put ``file`` into the database; the site must not run."""
    if pid := supervisor_pid(var_folder()):
        raise BackupFailed(
            f"tsunagari が動いています（プロセス {pid}）。"
            f"`kill {pid}` で止めてから、もう一度お試しください。\n"
            f"  tsunagari is running (process {pid}). Stop it with `kill {pid}`, then try again."
        )
    with database_url() as url:
        restore(url=url, file=file, replace=replace)
    print(
        "戻しました。次の `make run` で表を最新にします。"
        "マスターキーは、バックアップしたときのものを使ってください。\n"
        "  Restored. The next `make run` migrates it. Use the master key of the time of the backup."
    )
    return 0


def manage(arguments: list[str]) -> int:
    """Run one of Django's commands against the configured database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
    with database_url() as url:
        os.environ["DATABASE_URL"] = url
        execute_from_command_line(["manage", *arguments])
    return 0


def add_exchange_arguments(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of ``import`` and ``export``."""
    bring = commands.add_parser("import", help="名簿に取り込む / bring a file into the directory")
    bring.add_argument("file", type=Path, help="ファイルかフォルダ / a file or folder")
    bring.add_argument("--dry-run", action="store_true", help="確かめるだけ / only check")
    bring.add_argument("--format", default="", help="形式 / hsds-json, hsds-csv, …")
    bring.add_argument("--source", default="", help="出どころの名前 / name of the source")
    bring.add_argument("--organization", default="", help="団体の番号か名前 / id or name of an organisation")
    bring.add_argument("--overwrite", action="store_true", help="人が直した項目も / people's edits, too")
    bring.add_argument("--undo", action="store_true", help="この取り込みを取り消す / undo this file's import")
    bring.add_argument("--quiet", action="store_true", help="進み具合を出さない / no progress line")
    bring.add_argument("--index-later", action="store_true", help="検索はあとで / the worker indexes later")
    give = commands.add_parser("export", help="名簿を書き出す / write the directory into a file")
    give.add_argument("file", type=Path)
    give.add_argument(
        "--format", default="hsds-json", choices=["hsds-json", "hsds-csv", "municipal-csv", "municipal-xlsx"]
    )
    give.add_argument(
        "--area", default="", help="市区町村の番号か名前（一覧の形式で） / code or name (lists)"
    )
    give.add_argument(
        "--organization", default="", help="団体の番号か名前（一覧の形式で） / id or name (lists)"
    )


def exchange(options: argparse.Namespace) -> int:
    """Bring a file into the directory, or write the directory into one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
    with database_url() as url:
        os.environ["DATABASE_URL"] = url
        django.setup()
        # needs Django set up
        from tsunagari.directory.exchange import command_line  # noqa: PLC0415

        # what is loaded stays: the collector need not look through it again for each thousand of records
        gc.freeze()
        return command_line.run(options)


def main(arguments: list[str]) -> int:
    """Understand the command line and do what it says; return the exit status."""
    if arguments[:1] == ["manage"]:  # its arguments are Django's
        arguments, rest = ["manage"], arguments[1:]
    parser = argparse.ArgumentParser(prog="python -m tsunagari", description="つながり / tsunagari")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="サイトを動かす / run the site")
    bundling = commands.add_parser(
        "bundle", help="まちのページをファイルに / write a municipality's pages into a folder"
    )
    bundling.add_argument("area")
    bundling.add_argument("out", type=Path)
    commands.add_parser("manage", help="Django のコマンド / one of Django's commands")
    saving = commands.add_parser(
        "backup", help="データベースをファイルに保存 / write the database into a file"
    )
    saving.add_argument("file", type=Path)
    loading = commands.add_parser(
        "restore", help="ファイルからデータベースを戻す / put a backup into the database"
    )
    loading.add_argument("file", type=Path)
    loading.add_argument(
        "--replace", action="store_true", help="いまの中身を消して戻す / delete what is there first"
    )
    add_exchange_arguments(commands)
    options = parser.parse_args(arguments)
    compile_catalogues()
    try:
        match options.command:
            case "run":
                return run_site()
            case "backup":
                return back_up(options.file.absolute())
            case "restore":
                return put_back(options.file.absolute(), replace=options.replace)
            case "import" | "export":
                return exchange(options)
            case "bundle":
                return manage(["bundle", options.area, str(options.out.absolute())])
            case _:
                return manage(rest)
    except (BackupFailed, DatabaseProblem) as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
