//! International bank account numbers.

use super::{Candidate, Edge, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "iban",
    about: "international bank account number: its country's length, and ISO 7064 MOD 97-10",
    groups: &[Group::Financial, Group::Eu],
    pattern: PATTERN,
    left: Edge::WORD,
    right: Edge::WORD,
    longest: 42,
    shortest: 15,
    check,
    hits: &[
        "IBAN «DE89 3704 0044 0532 0130 00»",
        "«GB82WEST12345698765432», please",
        "«NO93 8601 1117 947» here",
        "«BE68-5390-0754-7034»",
        "«MT84 MALT 0110 0001 2345 MTLC AST0 01S» plus text",
    ],
    misses: &[
        "DE89 3704 0044 0532 0130 01",
        "GB82WEST1234569876543",
        "XX82WEST12345698765432",
        "GB82 West 1234 5698 7654 32",
        "de305e20a4b54c5bb44d46655440000f",
        "AB12 some more text that goes on",
        "XGB82WEST12345698765432",
    ],
    ..Entity::NUMBER
};

/// A spelling for each length: its countries, two check digits, and so many characters behind them. The automaton tells
/// countries and lengths, so a walk ends where the number does, and where there is no such country it does not begin.
macro_rules! spellings {
    ($behind:literal: $countries:literal) => {
        concat!("(?:", $countries, ")[0-9]{2}(?:[ -]?[A-Z0-9]){", $behind, "}")
    };
    ($($behind:literal: $countries:literal),+ ; last $last:literal: $of_last:literal) => {
        concat!($(spellings!($behind: $countries), "|",)+ spellings!($last: $of_last))
    };
}

/// The countries of the registry, and a few outside of it.
const PATTERN: &str = spellings! {
    11: "NO",
    12: "BE",
    14: "DK|FO|FI|GL|NL|SD|FK",
    15: "MK|SI",
    16: "AT|BA|EE|KZ|LT|LU|XK|MN",
    17: "HR|LV|LI|CH",
    18: "BH|BG|CR|GE|DE|IE|ME|RS|GB|VA",
    19: "AE|GI|IL|IQ|TL|OM|SO",
    20: "AD|CZ|MD|PK|RO|SA|SK|ES|SE|VG|TN|DZ",
    21: "PT|ST|LY",
    22: "IS|TR",
    23: "BI|BF|DJ|FR|GR|IT|MC|MR|SM|CF|CG|CM|GA|GQ|KM|TD",
    24: "AL|AZ|BY|CY|DO|GT|HU|LB|NI|PL|SV|BJ|CI|ML|SN|TG|HN",
    25: "BR|PS|QA|UA|EG",
    26: "JO|KW|MU|YE",
    27: "MT|SC",
    28: "LC";
    last 29: "RU"
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let turned = candidate.alphanumerics().skip(4).chain(candidate.alphanumerics().take(4));
    candidate.whole_if(checksum::mod97(turned) == 1)
}
