//! `project` and `location`: where Google's platform runs a model. Not who hands out its credential (see `tokens`).

use crate::config::file;
use crate::config::problem::{Path, Problems};
use crate::provider::{Addressing, Provider};

/// Where a model runs if nothing is said.
const ANYWHERE: &str = "global";

/// The address that a location has.
pub(super) fn origin(target: &file::Target) -> String {
    match target.location.as_deref().filter(|location| is_location(location)).unwrap_or(ANYWHERE) {
        ANYWHERE => "https://aiplatform.googleapis.com".to_owned(),
        area @ ("us" | "eu") => format!("https://aiplatform.{area}.rep.googleapis.com"),
        region => format!("https://{region}-aiplatform.googleapis.com"),
    }
}

/// What stands between the API's version and the models, if the provider's models run on this platform; otherwise the
/// keys must not be there.
pub(super) fn path(target: &file::Target, provider: &Provider, at: &Path, problems: &mut Problems) -> Option<String> {
    let Addressing::Vertex(publisher) = provider.addressing else {
        let known = !problems.is_unknown(&at.key("provider"));
        let written = [
            ("project", &target.project),
            ("location", &target.location),
            ("metadata_server", &target.metadata_server),
            ("service_account", &target.service_account),
        ];
        for (key, _) in written.iter().filter(|(_, value)| known && value.is_some()) {
            let mend = "remove it, or write `provider: vertex-gemini` or `vertex-anthropic`";
            problems.error(&at.key(key), format!("`{}` takes no `{key}`", provider.name), mend);
        }
        return None;
    };
    let project = target.project.as_deref().unwrap_or_else(|| {
        problems.error(at, "there is no `project`", "add `project: my-project`");
        "none"
    });
    let location = target.location.as_deref().unwrap_or(ANYWHERE);
    if !is_project(project) {
        problems.error(&at.key("project"), "this is no project", "write its id: `my-project`");
    }
    if !is_location(location) {
        problems.error(&at.key("location"), "this is no location", "write one such as `us-central1`, `eu` or `global`");
    }
    Some(format!("/projects/{project}/locations/{location}/publishers/{publisher}"))
}

/// An old project's name begins with a domain and a colon.
fn is_project(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(allowed)
}

fn is_location(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(allowed)
}
