//! What Envoy hands to one use of the module: which stage it is, and, for inbound, `dragoman.yaml` as JSON.
//! `dragoman render` writes it; a mesh's `pluginConfig` may be written by hand.
//!
//! Split, the stages are `inbound` and `outbound`; in a mesh, which offers no place for outbound, `inline` and `gate`.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::{self, Gateway};

/// One use of the module.
#[derive(Default)]
pub enum Plugin {
    /// The stage in the listener's chain; whether it composes inline is the gateway's to say.
    Inbound(Rc<Gateway>),
    /// The stage in the router's upstream chain. It borrows its configuration from inbound, request by request; where nobody
    /// leaves it an exchange to find, as behind a configuration that was refused, it refuses every request.
    #[default]
    Outbound,
    /// The filter behind an inline inbound. It has no configuration either.
    Gate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<'a> {
    stage: Stage,
    /// The configuration.
    #[serde(borrow)]
    dragoman: Option<&'a RawValue>,
    /// This Envoy cannot be told each attempt's target: it walks a route's targets by itself.
    #[serde(default)]
    fixed_order: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Inbound,
    Outbound,
    Inline,
    Gate,
}

/// Reads a plugin's configuration, or says what is wrong with it.
pub fn read(text: &[u8], env: &dyn Fn(&str) -> Option<String>) -> Result<Plugin, String> {
    let text = std::str::from_utf8(text).map_err(|_| "the plugin's configuration is not UTF-8".to_owned())?;
    let plugin: Text<'_> =
        serde_json::from_str(text).map_err(|error| format!("the plugin's configuration cannot be read: {error}"))?;
    let is_inline = matches!(plugin.stage, Stage::Inline);
    match (plugin.stage, plugin.dragoman) {
        (Stage::Outbound | Stage::Gate | Stage::Inline, _) if plugin.fixed_order => {
            Err("`fixed_order` belongs to the inbound stage only: leave it out".to_owned())
        }
        (Stage::Outbound, None) => Ok(Plugin::Outbound),
        (Stage::Gate, None) => Ok(Plugin::Gate),
        (Stage::Outbound | Stage::Gate, Some(_)) => {
            Err("`dragoman` belongs to the inbound stage only: leave it out".to_owned())
        }
        (Stage::Inbound | Stage::Inline, None) => {
            Err("the inbound stage needs `dragoman`, the gateway's configuration".to_owned())
        }
        (Stage::Inbound | Stage::Inline, Some(json)) => {
            let mut gateway = config::compile(json.get(), env).map_err(|problems| {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                lines.join("; ")
            })?;
            gateway.fixed_order = plugin.fixed_order;
            gateway.inline = is_inline;
            Ok(Plugin::Inbound(Rc::new(gateway)))
        }
    }
}
