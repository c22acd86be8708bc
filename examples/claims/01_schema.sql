-- dialect: postgres
-- Claims handling, PostgreSQL. What a claims handler types in lands here; amounts are in minor units (cents).

CREATE SCHEMA IF NOT EXISTS claims;

CREATE TABLE claims.claim (
    claim_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_number   text        NOT NULL UNIQUE,
    policy_number  text        NOT NULL,
    peril          text        NOT NULL,      -- fire, storm, collision, theft, …
    loss_date      date        NOT NULL,
    reported_at    timestamptz NOT NULL DEFAULT now(),
    closed_at      timestamptz,
    handler        text        NOT NULL,
    details        jsonb       NOT NULL DEFAULT '{}'
);

CREATE TABLE claims.claimant (
    claimant_id  bigint PRIMARY KEY,
    claim_id     bigint NOT NULL REFERENCES claims.claim (claim_id),
    full_name    text   NOT NULL,
    tax_id       text,
    iban         text,
    email        text
);

CREATE TABLE claims.claim_payment (
    payment_id    bigint PRIMARY KEY,
    claim_id      bigint  NOT NULL REFERENCES claims.claim (claim_id),
    claimant_id   bigint  REFERENCES claims.claimant (claimant_id),
    amount_minor  bigint  NOT NULL,
    currency      char(3) NOT NULL,
    payment_kind  text    NOT NULL,           -- indemnity, expense, recovery
    paid_on       date    NOT NULL
);

CREATE TABLE claims.reserve (
    claim_id      bigint      NOT NULL REFERENCES claims.claim (claim_id),
    set_at        timestamptz NOT NULL,
    amount_minor  bigint      NOT NULL,
    currency      char(3)     NOT NULL,
    set_by        text        NOT NULL,
    PRIMARY KEY (claim_id, set_at)
);

CREATE TABLE claims.reserve_audit (
    claim_id      bigint      NOT NULL,
    old_amount    bigint,
    new_amount    bigint,
    changed_at    timestamptz NOT NULL
);

CREATE TABLE claims.fraud_score (
    claim_id   bigint PRIMARY KEY,
    score      numeric(5, 4) NOT NULL,
    reason     text,
    scored_at  timestamptz NOT NULL
);
