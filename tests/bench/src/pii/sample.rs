//! Cases of other projects, to be scored and not to be fitted. Their names are mapped to ours; what has no like here is
//! left out and said.

use std::path::Path;

use serde::Deserialize;

use super::Score;
use super::search::Search;
use crate::report::Case;

#[derive(Deserialize)]
struct Line {
    entity: String,
    text: String,
    spans_utf8: Vec<(usize, usize)>,
}

/// Kinds that are no entity here: too weak to tell without a model or a checksum, or not asked for.
const UNLIKE: &[&str] = &[
    "DATE_TIME",
    "DE_BSNR",
    "DE_FUEHRERSCHEIN",
    "DE_HANDELSREGISTER",
    "DE_HEALTH_INSURANCE",
    "DE_ID_CARD",
    "DE_KFZ",
    "DE_LANR",
    "DE_PASSPORT",
    "DE_PLZ",
    "DE_TAX_NUMBER",
    "DE_VAT_ID",
    "ES_PASSPORT",
    "IN_PASSPORT",
    "IN_VEHICLE_REGISTRATION",
    "IN_VOTER",
    "IT_DRIVER_LICENSE",
    "IT_IDENTITY_CARD",
    "IT_VAT_CODE",
    "KR_BRN",
    "KR_DRIVER_LICENSE",
    "KR_PASSPORT",
    "MEDICAL_LICENSE",
    "NG_NIN",
    "PH_TIN",
    "SG_UEN",
    "TR_LICENSE_PLATE",
    "UK_PASSPORT",
    "UK_POSTCODE",
    "UK_VEHICLE_REGISTRATION",
    "URL",
];

/// The sample's score with everything on, if the sample is there.
pub(super) fn cases(file: &Path, search: &Search) -> Vec<Case> {
    let Ok(lines) = std::fs::read_to_string(file) else {
        eprintln!("{} is not there: no sample was scored", file.display());
        return Vec::new();
    };
    let (mut score, mut left_out) = (Score::default(), 0);
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line).expect("each line of the sample is JSON");
        if UNLIKE.contains(&line.entity.as_str()) {
            left_out += 1;
            continue;
        }
        let marks: Vec<_> = line.spans_utf8.iter().map(|(start, end)| *start..*end).collect();
        score.add(&marks, &search.find(&line.text));
    }
    vec![score.case("sample, all together").with("left out, no such entity", left_out)]
}
