"""Prepare the example data: mails of 2002 and 2003, from SpamAssassin's public corpus.

    python examples/mails.py data

writes `mails.parquet` from `spamassassin.parquet` beside this file: the corpus (public domain, CC0) with a
row a mail, its text cut to 1,500 characters. `kind` is what people sorted a mail into: `ham`, `hard_ham`
(which looks like spam, and is none), `spam`. A mail's name would give that away, so it is replaced by a
number. NUL characters, which no request may carry, are left out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl


def mails(corpus: Path) -> pl.DataFrame:
    """One row a mail, by the time it was received (UTC); a mail without a known time comes last."""
    times = [
        pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        for name in ("received_at", "sent_at")
    ]
    return (
        pl.read_parquet(corpus)
        .with_columns(*times)
        .sort("received_at", "message_id", nulls_last=True)
        .with_row_index("mail_id")
        .select(
            pl.col("mail_id").cast(pl.Int64),
            "received_at",
            "sender_domain",
            *(pl.col(name).str.replace_all("\0", "", literal=True) for name in ("subject", "body")),
            links="n_links",
            hops="n_received",
            is_html=pl.col("is_html").cast(pl.Boolean),
            is_list=pl.col("is_list").cast(pl.Boolean),
            kind="label",
        )
    )


def prepare(target: Path) -> None:
    """Write the table; one that is there already is left as it is."""
    target.mkdir(parents=True, exist_ok=True)
    path = target / "mails.parquet"
    if path.exists():
        return
    draft = path.with_suffix(f".{os.getpid()}.part")
    table = mails(Path(__file__).parent / "spamassassin.parquet")
    table.write_parquet(draft)
    draft.replace(path)
    print(f"{path}: {table.height:,} rows")


if __name__ == "__main__":
    prepare(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
