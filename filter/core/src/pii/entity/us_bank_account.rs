//! US bank account numbers.

use super::{Candidate, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "us_bank_account",
    about: "US bank account number: 6 to 17 digits, with context",
    groups: &[Group::Financial, Group::Us],
    announced: r"[0-9]+",
    longest: 17,
    shortest: 6,
    check,
    context: CONTEXT,
    hits: &[
        "account number: «000123456789»",
        "checking account «12345678»",
        "{\"account_number\":\"«9876543210»\"}",
        "acct # «5552340987»",
    ],
    misses: &[
        "12345678",
        "order number 12345678",
        "account 12345",
        "accounts: 120000 users",
        "account_id 12345678",
        "account since 20240115",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &[
    "account number",
    "account no",
    "acct",
    "acct no",
    "acct number",
    "bank account",
    "checking account",
    "savings account",
    "accountnumber",
    "account num",
    "iban or account",
    "bank acct",
    "deposit account",
    "a c no",
    "kontonummer",
    "bankaccount",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    candidate.whole_if(candidate.text.len() > 5 && candidate.announced)
}
