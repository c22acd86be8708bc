"""Stored paths: one line whatever a file is called, no two files' alike, and the way back to the file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lineagraph.ingest.stored_paths import stored_path, unstored_path

PATHS = st.text(st.characters() | st.sampled_from("\\x0u8\n\x85\udc85\u202e/"), max_size=12)


@given(PATHS)
def test_a_stored_path_leads_back_to_its_file(path: str) -> None:
    stored = stored_path(path)
    assert unstored_path(stored) == path
    assert len(stored.splitlines()) <= 1


@given(PATHS, PATHS)
def test_two_files_never_share_one(one: str, two: str) -> None:
    assert (stored_path(one) == stored_path(two)) == (one == two)
