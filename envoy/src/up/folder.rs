//! The folder that Envoy watches: each file is moved into place, and the order is such that at no time a request is led to
//! a cluster that is not there. Not when a configuration changes (see `running`).
//!
//! 1. new clusters, beside those of before;
//! 2. routes that know both;
//! 3. the filter;
//! 4. after a while, clusters and routes without what was removed: requests that began before may still be on their way.

use std::io::{self, Write};
use std::iter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, thread};

use tempfile::{NamedTempFile, TempDir};

use crate::render::{self, Discovery, Layout, Plan, Upstream};

/// How long Envoy may take to see a file and act on it, before what depends on it is written.
const SETTLE: Duration = Duration::from_millis(300);

/// What the names of such folders begin with.
const PREFIX: &str = "dragoman-";

/// The ready sockets of all such folders, whoever's they are and whether or not anyone listens there.
pub(super) fn ready_sockets() -> io::Result<Vec<PathBuf>> {
    let entries: Vec<fs::DirEntry> = fs::read_dir(env::temp_dir())?.collect::<io::Result<_>>()?;
    let ours = entries.iter().filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    Ok(ours.map(|entry| entry.path().join(Discovery::READY)).collect())
}

/// The folder, gone when dropped.
pub(super) struct Folder {
    folder: TempDir,
}

impl Folder {
    /// A folder that only this user can open.
    pub(super) fn new() -> io::Result<Folder> {
        let folder =
            tempfile::Builder::new().prefix(PREFIX).permissions(fs::Permissions::from_mode(0o700)).tempdir()?;
        Ok(Folder { folder })
    }

    /// Writes everything that Envoy starts with; the bootstrap's path.
    pub(super) fn write_all(&self, plan: &Plan, admin: bool) -> Result<PathBuf, String> {
        let socket = self.admin_socket();
        let bootstrap = render::bootstrap(plan, Layout::Folder(self.path()), admin.then_some(&socket))?;
        let path = self.path().join("envoy.yaml");
        fs::write(&path, bootstrap)
            .and_then(|()| self.put(Discovery::CLUSTERS, &render::clusters_file(plan, iter::empty())))
            .and_then(|()| self.put(Discovery::ROUTES, &render::routes_file(plan, iter::empty())))
            .and_then(|()| self.put(Discovery::INBOUND, &render::inbound_file(plan)))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    /// Steps 1 to 3.
    pub(super) fn hand_over(&self, old: &Plan, new: &Plan) -> io::Result<()> {
        self.put(Discovery::CLUSTERS, &render::clusters_file(new, removed(old, new)))?;
        thread::sleep(SETTLE);
        self.put(Discovery::ROUTES, &render::routes_file(new, removed(old, new)))?;
        thread::sleep(SETTLE);
        self.put(Discovery::INBOUND, &render::inbound_file(new))
    }

    /// Step 4.
    pub(super) fn retire(&self, plan: &Plan) -> io::Result<()> {
        self.put(Discovery::ROUTES, &render::routes_file(plan, iter::empty()))?;
        thread::sleep(SETTLE);
        self.put(Discovery::CLUSTERS, &render::clusters_file(plan, iter::empty()))
    }

    /// The socket on which the first stage answers `/healthz`.
    pub(super) fn ready_socket(&self) -> PathBuf {
        self.path().join(Discovery::READY)
    }

    /// The admin interface's socket.
    pub(super) fn admin_socket(&self) -> PathBuf {
        self.path().join(Discovery::ADMIN)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Envoy watches for files that are moved here; a half-written one it would read.
    fn put(&self, name: &str, text: &str) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(self.path())?;
        file.write_all(text.as_bytes())?;
        file.persist(self.path().join(name))?;
        Ok(())
    }
}

/// The targets of `old` that `new` does not have under the same name.
fn removed<'a>(old: &'a Plan, new: &'a Plan) -> impl Iterator<Item = &'a Upstream> {
    old.upstreams.iter().filter(|upstream| !new.upstreams.iter().any(|kept| kept.cluster == upstream.cluster))
}
