//! Bank identifier codes of SWIFT.

use super::{Candidate, Entity, Group, Part, Same};

pub(super) const ENTITY: Entity = Entity {
    name: "swift_bic",
    about: "SWIFT/BIC code: a country in the right place, with context",
    groups: &[Group::Financial],
    announced: r"[A-Z][0-9A-Z]+",
    longest: 11,
    shortest: 8,
    same: Same::AnyCase,
    check,
    context: CONTEXT,
    hits: &["BIC: «DEUTDEFF500»", "SWIFT code «CHASUS33»", "{\"bic\":\"«BNPAFRPPXXX»\"}", "swift/bic is «NEDSZAJJ»."],
    misses: &[
        "DEUTDEFF500",
        "BIC: DEUTXXFF",
        "the SWIFT language",
        "SWIFT: INTERNATIONAL",
        "bic deutdeff",
        "BIC DEUTDEFF5",
        "swift STANDARD",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["bic", "swift", "swift code", "bic code", "swiftcode", "swiftbic", "bankleitzahl"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let placed = matches!(candidate.text.len(), 8 | 11) && candidate.text.iter().take(6).all(u8::is_ascii_uppercase);
    let country = candidate.text.get(4..6)?;
    let known = COUNTRIES.as_bytes().chunks(2).any(|own| own == country);
    candidate.whole_if(placed && known && candidate.announced)
}

/// ISO 3166's codes of countries that have banks.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOARATAUAWAZBABBBDBEBFBGBHBIBJBMBNBOBRBSBTBWBYBZCACDCFCGCHCICKCLCMCNCOCRCUCVCWCYCZ\
    DEDJDKDMDODZECEEEGERESETFIFJFMFOFRGAGBGDGEGGGHGIGLGMGNGPGQGRGTGUGWGYHKHNHRHTHUIDIEILIMINIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZ\
    LALBLCLILKLRLSLTLULVLYMAMCMDMEMGMHMKMLMMMNMOMQMRMSMTMUMVMWMXMYMZNANCNENGNINLNONPNRNZOMPAPEPFPGPHPKPLPMPRPSPTPWPYQARERORSRURW\
    SASBSCSDSESGSHSISKSLSMSNSOSRSSSTSVSXSYSZTCTDTGTHTJTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";
