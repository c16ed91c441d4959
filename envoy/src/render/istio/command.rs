//! The command line of `dragoman render istio`.

use std::path::PathBuf;

use clap::Args;

use super::super::read::Surroundings;
use super::{LOST, Mesh, documents};
use crate::configuration::Configuring;

/// Where a gateway's image keeps the authorities that it trusts.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// `render istio`
#[derive(Args)]
pub struct Istio {
    /// The configuration
    #[arg(default_value = "dragoman.yaml")]
    file: PathBuf,
    /// The OCI image that holds the module, `registry/name:tag`, or an `https://` URL of the module itself
    #[arg(long, value_name = "IMAGE", value_parser = remote)]
    image: String,
    /// A label of the gateway's pods; say it again for more
    #[arg(long, value_name = "KEY=VALUE", default_value = "istio=ingressgateway", value_parser = label)]
    selector: Vec<(String, String)>,
    /// A Gateway that stands already, in place of one on `listen.address`'s port: `name` or `namespace/name`
    #[arg(long, value_name = "NAME")]
    gateway: Option<String>,
    /// Where the gateway's pods have the certificate authorities to trust
    #[arg(long, value_name = "FILE", default_value = AUTHORITIES)]
    authorities: String,
}

/// Renders it; the text for standard output.
pub(in super::super) fn run(asked: &Istio) -> Result<String, String> {
    let loaded = super::super::command::loaded(&asked.file)?;
    let surroundings =
        Surroundings { module: PathBuf::new(), authorities: asked.authorities.clone(), fixed_order: false };
    let configured = Configuring::with(surroundings).configure_elsewhere(&loaded)?;
    let mesh = Mesh {
        url: asked.image.clone(),
        selector: asked.selector.iter().cloned().collect(),
        gateway: asked.gateway.clone(),
    };
    let text = documents(&configured.plan, &mesh).map_err(|what| format!("{}: {what}", asked.file.display()))?;
    for engine in &configured.engines {
        eprintln!("dragoman: only `dragoman up` starts engines; at its target's address run `{}`", engine.line());
    }
    eprintln!("dragoman: in a mesh there is {LOST}");
    Ok(text)
}

/// A module's URL.
fn remote(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        None if !text.is_empty() => Ok(format!("oci://{text}")),
        Some(("oci" | "https" | "http", _)) => Ok(text.to_owned()),
        _ => Err("write `registry/name:tag`, or an `https://` URL: of a file, Istio gives each plugin a VM of its own"
            .to_owned()),
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}
