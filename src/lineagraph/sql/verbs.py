"""What kind of statement one is: from its AST, or from its first words where there is none; and which carry
no lineage."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp
from sqlglot.tokens import Token

from lineagraph.sql.boundaries import word

IGNORED = frozenset(
    """
    GRANT REVOKE DENY ANALYZE VACUUM SHOW DESCRIBE DESC EXPLAIN HELP COMMENT COLLECT OPTIMIZE KILL CHECKPOINT
    COMMIT ROLLBACK SAVEPOINT START STARTUP SHUTDOWN LOCK UNLOCK RESET DISCARD LISTEN NOTIFY UNLISTEN
    DEALLOCATE CLOSE FETCH MOVE OPEN PRINT RAISERROR THROW DBCC WAITFOR RECONFIGURE REVERT BACKUP RESTORE SAVE
    BREAK CONTINUE GOTO RETURN IF WHILE ELSE END PRAGMA ATTACH DETACH INSTALL FLUSH PURGE HANDLER ABORT
    RELEASE CLUSTER REINDEX SECURITY REASSIGN AUDIT NOAUDIT ASSOCIATE DISASSOCIATE ADMINISTER LIST LS REMOVE
    RM ADD MSCK UNCACHE CLEAR SYSTEM BEGIN END TRANSACTION SIGNAL UPDATE_STATISTICS ENABLE DISABLE SEND
    RECEIVE ASSERT CHECKSUM REPAIR CANCEL PAUSE RESUME SUBMIT BINLOG CHANGE DEFINE UNDEFINE LET GET PUT
    LOADMODULE READTEXT WRITETEXT UPDATETEXT ADMIN SUSPEND INITIATE STOP
    """.split()
) | {
    "UPDATE STATISTICS",
    "LOCK TABLES",
    "UNLOCK TABLES",
    "MSCK REPAIR",
    "ADD JAR",
    "ADD FILE",
    "DEALLOCATE PREPARE",
}
"""Statements that neither move data nor say what a dataset is made of."""

_IGNORED_OBJECTS = frozenset(
    """
    USER ROLE LOGIN DATABASE SCHEMA INDEX SEQUENCE EXTENSION POLICY TABLESPACE PROFILE SERVER DOMAIN TYPE CAST
    OPERATOR COLLATION CONVERSION LANGUAGE RULE STATISTICS PUBLICATION SUBSCRIPTION ACCESS AGGREGATE WAREHOUSE
    STAGE FORMAT INTEGRATION NETWORK SHARE SECRET CATALOG DIRECTORY LIBRARY JAVA CONTEXT CLUSTER DIMENSION
    OUTLINE ROLLBACK CONTROLFILE RESOURCE SESSION SYSTEM AUTHORIZATION CERTIFICATE CREDENTIAL MASTER SYMMETRIC
    ASYMMETRIC ENDPOINT EVENT FULLTEXT MESSAGE PARTITION QUEUE REMOTE ROUTE SERVICE CONTRACT XML APPLICATION
    BROKER CRYPTOGRAPHIC AVAILABILITY WORKLOAD ASSEMBLY SELECTIVE SPATIAL SEARCH DEFAULT COLUMN TAG MASKING
    ROW GROUP PUBLIC CONFIGURATION PARSER TEMPLATE FOREIGN PIPE PACKAGE PROCEDURE PROC FUNCTION TRIGGER TASK
    ALERT MACRO UNIQUE BITMAP CLUSTERED NONCLUSTERED COLUMNSTORE PRIVILEGES SECURITY NAMED RESERVATION
    CAPACITY ASSIGNMENT MODEL LOGFILE INSTANCE SETTINGS QUOTA DISK KEY SIGNATURE CLASS FLASHBACK EDITION
    INDEXTYPE PFILE SPFILE PRIMARY JSON VECTOR OPERATORS COMPUTE CONNECTION MULTISET_ FEDERATED ERROR ZONEMAP
    EDITIONABLE PROJECTION
    """.split()
) | {"CLUSTERED INDEX", "NONCLUSTERED INDEX", "UNIQUE INDEX", "ACCESS METHOD", "FILE FORMAT"}
"""Objects whose CREATE, ALTER and DROP say nothing about data."""

_OBJECT_PREFIXES = frozenset(
    {
        "OR",
        "REPLACE",
        "ALTER",
        "IF",
        "NOT",
        "EXISTS",
        "TEMP",
        "TEMPORARY",
        "LOCAL",
        "GLOBAL",
        "TRUSTED",
        "ALGORITHM",
    }
)
_SETTINGS_WITH_NAMES = frozenset(
    {"SEARCH_PATH", "SCHEMA", "CURRENT_SCHEMA", "CATALOG", "CURRENT_CATALOG", "DATABASE"}
)


def first_words(tokens: list[Token], count: int = 3) -> str:
    """The first words in lower case: what a statement without AST is called."""
    words: list[str] = []
    for token in tokens[:count]:
        text = word(token)
        if not text or not text[:1].isalpha():
            break
        words.append(text.lower())
    return " ".join(words)


def object_word(tokens: list[Token]) -> str:
    """What a CREATE, ALTER or DROP is about: `TABLE`, `USER` …"""
    for token in tokens[1:10]:
        text = word(token)
        if text not in _OBJECT_PREFIXES:
            return text
    return ""


def is_ignorable(tokens: list[Token]) -> bool:
    """Whether a statement that sqlglot has no syntax for can be passed over in silence."""
    first = word(tokens[0])
    if first in IGNORED or (first == "LOAD" and len(tokens) == 2):
        return True
    if first in ("CREATE", "ALTER", "DROP", "RENAME", "UNDROP"):
        about = object_word(tokens)
        if about in _IGNORED_OBJECTS or about.endswith(" INDEX"):
            return True
        if about == "EXTERNAL":
            return any(
                word(token) in ("DATA", "FILE", "LIBRARY", "LANGUAGE", "MODEL", "VOLUME")
                for token in tokens[2:5]
            )
        return first == "ALTER" and about in ("TABLE", "MATERIALIZED") and not _changes_columns(tokens)
    return first == "SET" and not moves_names(tokens)


_COLUMN_CHANGES = frozenset({"ADD", "DROP", "RENAME", "CHANGE", "SWAP", "EXCHANGE", "SWITCH", "REPLACE"})
_NOT_COLUMNS = frozenset(
    """
    CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK INDEX KEY PARTITION PARTITIONS DEFAULT SUPPLEMENTAL PERIOD ROW
    SEARCH CLUSTERING TAG MASKED PROJECTION FULLTEXT SPATIAL SENSITIVITY SPARSE ROWGUIDCOL PERSISTED
    STATISTICS
    """.split()
) | {"PRIMARY KEY", "FOREIGN KEY"}


def _changes_columns(tokens: list[Token]) -> bool:
    """Whether an ALTER TABLE adds, drops or renames columns, or moves the table; the rest is types and properties."""
    for index, token in enumerate(tokens[2:], 2):
        if word(token) in _COLUMN_CHANGES:
            following = [word(after) for after in tokens[index + 1 : index + 3]]
            if word(token) == "ADD" and following[:1] == ["("]:
                following = following[1:]
            if not following or following[0] not in _NOT_COLUMNS:
                return True
    return False


def moves_names(tokens: list[Token]) -> bool:
    """A SET that changes how names resolve: `SET search_path`, `SET SCHEMA`, `SET CURRENT SCHEMA`."""
    return any(word(token) in _SETTINGS_WITH_NAMES for token in tokens[1:4])


def kind_of(ast: Any) -> str:
    """`select`, `insert`, `create view`, `alter table` …"""
    if isinstance(ast, exp.Create | exp.Drop | exp.Alter):
        kind = str(ast.args.get("kind") or "").lower()
        properties = ast.args.get("properties") if kind == "view" else None
        if properties is not None and any(
            p.__class__ is exp.MaterializedProperty for p in properties.expressions
        ):
            kind = "materialized view"
        return f"{ast.key} {kind}".strip()
    if isinstance(ast, exp.Query):
        return "select"
    key = str(ast.key)
    return _KINDS.get(key, key)


_KINDS = {
    "truncatetable": "truncate",
    "multitableinserts": "insert",
    "loaddata": "load",
    "values": "select",
    "pivot": "select",
    "execute": "call",
    "executesql": "call",
}
