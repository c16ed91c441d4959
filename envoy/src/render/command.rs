//! The command line of `dragoman render`.

use std::fs;
use std::iter;
use std::path::{Path, PathBuf, absolute};

use clap::{Args, Subcommand};

use super::compose::{self, Compose};
use super::istio::{self, Istio};
use super::read::Surroundings;
use super::{Discovery, LOST, Layout};
use crate::configuration::{Configuring, system_authorities};
use crate::envoy_binary::Version;
use crate::load::{self, Loaded};
use crate::module;

/// What to render.
#[derive(Subcommand)]
pub enum Render {
    /// A configuration for an Envoy of your own
    #[command(after_help = "Examples:\n  dragoman render envoy > envoy.yaml\n  \
        dragoman render envoy --wasm /etc/dragoman/dragoman.wasm dragoman.yaml")]
    Envoy(Envoy),
    /// A compose file: the gateway and its engines in containers
    #[command(after_help = "Examples:\n  dragoman render compose > compose.yaml\n  \
        dragoman render compose --build ../dragoman --concurrency 2 dragoman.yaml > compose.yaml\n\n\
        The file is for the current folder, and its paths start there.")]
    Compose(Compose),
    /// Documents for an Istio ingress gateway
    #[command(
        after_help = "Examples:\n  dragoman render istio --image registry.example.com/dragoman:1 > istio.yaml\n  \
        dragoman render istio --image https://modules.example.com/dragoman.wasm --selector app=edge dragoman.yaml"
    )]
    Istio(Istio),
}

/// `render envoy`
#[derive(Args)]
pub struct Envoy {
    /// The configuration
    #[arg(default_value = "dragoman.yaml")]
    file: PathBuf,
    /// Where Envoy will find the module; the one beside this command if nothing is said
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Where Envoy will find the certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    authorities: Option<PathBuf>,
    /// The Envoy that will read it, if it is an older one than 1.39; 1.36 is the oldest that can
    #[arg(long, value_name = "VERSION")]
    envoy_version: Option<Version>,
    /// Keep what may change in files in this folder, which Envoy watches, and print the bootstrap for it
    #[arg(long, value_name = "FOLDER")]
    dynamic: Option<PathBuf>,
    /// Give Envoy an admin interface on this Unix socket
    #[arg(long, value_name = "SOCKET")]
    admin: Option<PathBuf>,
}

/// Renders what was asked for; the text for standard output.
pub fn run(what: &Render) -> Result<String, String> {
    match what {
        Render::Envoy(asked) => envoy(asked),
        Render::Compose(asked) => compose::run(asked),
        Render::Istio(asked) => istio::run(asked),
    }
}

/// A configuration, if all of it can stand in what is rendered.
pub(super) fn loaded(file: &Path) -> Result<Loaded, String> {
    let loaded = load::load(file).map_err(|error| error.to_string())?;
    if let Some(name) = loaded.carried.keys().next() {
        return Err(format!(
            "{}: a module reads no files, so `${{file:…}}` ({name}) cannot be rendered; \
             write ${{env.NAME}} and set it for Envoy, or use `dragoman up`",
            file.display()
        ));
    }
    Ok(loaded)
}

fn envoy(asked: &Envoy) -> Result<String, String> {
    let loaded = loaded(&asked.file)?;
    let surroundings = Surroundings {
        // A path that was asked for may be one on another machine.
        module: asked.wasm.clone().map_or_else(|| module::find(None), Ok)?,
        authorities: asked.authorities.as_ref().map_or_else(system_authorities, |file| file.display().to_string()),
        fixed_order: asked.envoy_version.is_some_and(Version::needs_fixed_order),
    };
    let configured = Configuring::with(surroundings).configure_elsewhere(&loaded)?;
    for engine in &configured.engines {
        eprintln!("dragoman: only `dragoman up` starts engines; beside an Envoy of your own run `{}`", engine.line());
    }
    let plan = configured.plan;
    // Envoy may be started from anywhere.
    let folder = asked.dynamic.as_deref().map(absolute).transpose();
    let folder = folder.map_err(|error| format!("--dynamic: {error}"))?;
    let layout = folder.as_deref().map_or(Layout::Whole, Layout::Folder);
    let bootstrap = super::bootstrap(&plan, layout, asked.admin.as_deref())?;
    if plan.fixed_order {
        eprintln!("dragoman: {LOST}");
    }
    if let Layout::Folder(folder) = layout {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for (name, text) in [
            (Discovery::CLUSTERS, super::clusters_file(&plan, iter::empty())),
            (Discovery::ROUTES, super::routes_file(&plan, iter::empty())),
            (Discovery::INBOUND, super::inbound_file(&plan)),
        ] {
            let file = folder.join(name);
            fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(bootstrap)
}
