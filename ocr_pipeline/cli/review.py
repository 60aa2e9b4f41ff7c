"""``ocr-pipeline review``, ``users`` and ``audit``: people at the flagged numbers, their accounts, what they did."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import click
import uvicorn

from ocr_pipeline.cli.options import EXISTING, FORMS
from ocr_pipeline.config import ACCESS
from ocr_pipeline.errors import AuditBroken, InputMissing, UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.pipeline import resolve_readings
from ocr_pipeline.review.access import hashed, new_code
from ocr_pipeline.review.app import LOOPBACK, make_app
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.review.items import Known
from ocr_pipeline.store.review import open_review
from ocr_pipeline.store.review_model import Role

DB = click.option("--db", default="tps.sqlite", show_default=True, help="The database of a run: file or URL.")
_LOCAL = "local"


@click.command()
@DB
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--seeds", type=EXISTING, help="labels.jsonl with true numbers: some are asked, to measure the people.")
@click.option("--tls-cert", type=EXISTING, help="Certificate (PEM) for HTTPS.")
@click.option("--tls-key", type=EXISTING, help="Its key (PEM).")
@FORMS
def review(
    db: str,
    host: str,
    port: int,
    seeds: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    forms: Path | None,
) -> None:
    """Serve the queue of flagged numbers to people with browsers.

    Nobody sees what the machine or anybody else read before their own entry. Without accounts ("ocr-pipeline
    users add") it answers to this computer alone.
    """
    catalogue = load_catalogue(more=forms)
    with open_review(db) as repository:
        accounts = repository.has_accounts()
        if not accounts and host not in LOOPBACK:
            raise UsageError(
                f"There are no accounts, so only this computer may be served, not {host}. "
                "Make accounts first: ocr-pipeline users add NAME."
            )
        desk = Desk(repository, catalogue, partial(resolve_readings, catalogue=catalogue), _known(seeds))
        added = desk.refresh()
        local = None
        if not accounts:
            repository.add_user(_LOCAL, Role.LOCAL, {}, _LOCAL)
            local = repository.user_named(_LOCAL)
            click.echo("No accounts: open to this computer alone. Make some: ocr-pipeline users add NAME", err=True)
        waiting = sum(group.count for group in repository.waiting("reason"))
        address = f"{'https' if tls_cert else 'http'}://{host}:{port}"
        click.echo(f"{waiting} questions wait ({added} new): open {address} in a browser. Stop with Ctrl-C.", err=True)
        uvicorn.run(
            make_app(desk, local),
            host=host,
            port=port,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        desk.finish()


@click.group()
def users() -> None:
    """Accounts of the review."""


@users.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role if role is not Role.LOCAL]),
    default=Role.REVIEWER.value,
    show_default=True,
    help="What the account may do.",
)
@click.option("--password", "ask", is_flag=True, help="Ask for a password instead of making a one-time code.")
@DB
def add(name: str, role: str, ask: bool, db: str) -> None:
    """Make an account for NAME, or give it another role and a new code; prints the one-time code."""
    if not name.strip() or name == _LOCAL or len(name) > 80:
        raise UsageError(f"{name!r} is no name for an account. Take another.")
    with open_review(db) as repository:
        if ask:
            password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
            if len(password) < ACCESS.least_password:
                raise UsageError(f"A password has at least {ACCESS.least_password} characters.")
            repository.add_user(name, Role(role), {"password_hash": hashed(password)}, "command line")
            return
        code = new_code()
        secrets = {"code_hash": hashed(code), "code_until_s": repository.now_s() + ACCESS.code_s}
        repository.add_user(name, Role(role), secrets, "command line")
    click.echo(f"{name} ({role}) logs in once with: {code}")


@click.group()
def audit() -> None:
    """Who did what in the review: a chain of lines in which any change shows."""


@audit.command()
@click.option("--expect", help="A hash written down earlier: it must be in the chain.")
@DB
def verify(expect: str | None, db: str) -> None:
    """Check the chain; ends with 7 where it is broken."""
    with open_review(db) as repository:
        broken = repository.audit_broken(expect)
        seq, digest = repository.audit_head()
    if broken is not None:
        raise AuditBroken(f"The audit is broken: {broken}. Compare with a copy of the database.")
    click.echo(f"{seq} lines, unbroken. Write down the last hash: {digest}")


@audit.command()
@DB
def export(db: str) -> None:
    """Write all lines, a JSON object each, to standard output."""
    with open_review(db) as repository:
        for record in repository.audit_records():
            sys.stdout.write(record.text + "\n")


def _known(path: Path | None) -> Known:
    if path is None:
        return {}
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {
            (line["photo"], name): field["value"]
            for line in lines
            for name, field in line["fields"].items()
            if field.get("value") is not None
        }
    except FileNotFoundError:
        raise InputMissing(f"{path} is not there. Check the path.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} holds no labels ({error}). Give a labels.jsonl, as 'synth' writes it.") from error
