//! `routes` and `passthrough`: which request goes where.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

use super::values::{self, Bytes, OneOrMany};
use crate::endpoint::Endpoint;

/// Which request goes where.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The models it takes, as globs: `*` (any text, `/` too), `?`, `[a-z]`, `{a,b}`; case counts. Default:
    /// `"*"`.
    #[serde(default = "every_model")]
    #[cfg_attr(feature = "schema", schemars(with = "OneOrMany<String>"))]
    pub models: OneOrMany<String>,
    /// What else must hold.
    #[serde(default)]
    pub when: When,
    /// Where its requests go: the first, then the next if that fails. With weights the first is drawn.
    pub targets: OneOrMany<RouteTarget>,
    /// The policy of `redaction` that its requests and answers go through. Default: the key's only, if it names one.
    pub redaction: Option<String>,
}

fn every_model() -> OneOrMany<String> {
    OneOrMany(vec!["*".to_owned()])
}

/// A route's conditions: all that are written must hold.
#[derive(Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The request came to one of these endpoints.
    pub endpoint: OneOrMany<Endpoint>,
    /// The request carries each of these headers, with a value that one of its globs matches.
    pub header: IndexMap<String, OneOrMany<String>>,
    /// `true`: the request offers tools. `false`: it offers none.
    #[serde(deserialize_with = "values::some_flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub tools: Option<bool>,
    /// `true`: the request holds images. `false`: it holds none.
    #[serde(deserialize_with = "values::some_flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub images: Option<bool>,
    /// The request's body is at most this long: `64KiB`.
    pub max_prompt_bytes: Option<Bytes>,
    /// `true`: the request asks for a stream. `false`: it does not.
    #[serde(deserialize_with = "values::some_flag")]
    #[cfg_attr(feature = "schema", schemars(with = "values::FlagText"))]
    pub stream: Option<bool>,
}

/// A target as a route uses it: its name, or its name and more.
pub struct RouteTarget {
    /// The target's name.
    pub target: String,
    /// The model to ask it for; `$1`… are what the stars of the route's glob matched. Default: the client's.
    pub model: Option<String>,
    /// Its share when the first target is drawn; 0 takes only what others failed. On all of a route's targets or none.
    pub weight: Option<u32>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "RouteTarget")]
struct FullRouteTarget {
    /// The target's name.
    target: String,
    /// The model to ask it for; `$1`… are what the stars of the route's glob matched. Default: the client's.
    model: Option<String>,
    /// Its share when the first target is drawn; 0 takes only what others failed. On all of a route's targets or none.
    #[serde(default, deserialize_with = "values::some_number")]
    #[cfg_attr(feature = "schema", schemars(with = "values::NumberText"))]
    weight: Option<u32>,
}

impl<'de> Deserialize<'de> for RouteTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RouteTarget, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = RouteTarget;
            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a target's name or {target, model, weight}")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<RouteTarget, E> {
                Ok(RouteTarget { target: name.to_owned(), model: None, weight: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RouteTarget, A::Error> {
                let FullRouteTarget { target, model, weight } =
                    FullRouteTarget::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RouteTarget { target, model, weight })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RouteTarget {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RouteTargetOrName".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let full = generator.subschema_for::<FullRouteTarget>();
        schemars::json_schema!({"anyOf": [{"type": "string"}, full]})
    }
}

/// What happens to paths that nothing else names.
#[derive(Deserialize, Default, Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OtherPaths {
    /// Answer 404.
    #[default]
    Refuse,
    /// Leave them to whatever else this Envoy routes: no key is asked for, no credential added.
    Pass,
}

/// A path that goes to a target as it is.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Passthrough {
    /// The path: exactly this one, or with a final `*` everything below it.
    pub path: String,
    /// The target's name.
    pub target: String,
    /// The methods that are let through.
    pub methods: OneOrMany<Method>,
}

/// An HTTP method.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the methods' own names")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// The method as it is sent.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}
