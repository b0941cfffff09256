# SPDX-License-Identifier: Apache-2.0
"""What the terminal shows a newcomer: one link, the caught mail in words, and what to try next."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from mailward.main.demo.running import Welcome


def greet(report: dict[str, Any], welcome: Welcome, folder: Path) -> None:
    """Print it. Safe on a terminal: what strangers wrote is escaped."""
    out = Console(highlight=False, soft_wrap=True)
    out.print("\n[bold]Mailward is ready.[/bold] Sign in here (the link works once, for ten minutes):\n")
    out.print(f"    [bold cyan]{welcome.sign_in}[/bold cyan]\n", soft_wrap=True)
    if welcome.reasons:
        out.print(f"A mail that was just caught: [bold]{escape(_plain(welcome.subject))}[/bold]")
        out.print(f"Verdict [bold red]{welcome.verdict}[/bold red], {welcome.score:.1f} points; 5.0 are enough:\n")
        table = Table.grid(padding=(0, 2))
        for weight, text, evidence in welcome.reasons:
            quoted = f"  [dim]{escape(_plain(evidence)[:70])}[/dim]" if evidence else ""
            table.add_row(f"{weight:+.1f}", escape(text) + quoted)
        out.print(Padding(table, (0, 0, 1, 4)))
    admin = report["admin"]
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("console", report["http"]),
        ("administrator", f"{admin['email']}  {admin['password']}"),
        ("mail in (SMTP)", report["smtp"]),
        ("protected server", f"{report['protected_server']}, mailboxes in {folder / 'protected'}"),
        ("DNS", "canned: answers come from a zone of the demo, nothing is asked outside"),
        ("try", f"swaks --server {report['smtp']} --from you@sender.test --to lee@example.test"),
    ):
        table.add_row(f"[dim]{name}[/dim]", escape(value))
    out.print(Padding(table, (0, 0, 1, 4)))
    out.print("Ctrl-C stops it; what arrived stays for the next start.\n")


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
