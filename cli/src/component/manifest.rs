//! `edgee-component.toml`: what Edgee's components say of themselves, in each of the forms that it has had.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The file's name.
pub(crate) const NAME: &str = "edgee-component.toml";

#[derive(Debug, Deserialize)]
struct File {
    #[serde(alias = "manifest_version", rename = "manifest-version")]
    version: u8,
    /// `package` in the first ones.
    #[serde(alias = "package")]
    component: Manifest,
}

/// What is in it, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    /// The component's name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// How it is built.
    pub(crate) build: Build,
    /// What it can be told, by name.
    #[serde(default, alias = "config-fields", alias = "config_fields")]
    pub(crate) settings: BTreeMap<String, Setting>,
    /// Where the file is.
    #[serde(skip)]
    pub(crate) directory: PathBuf,
}

/// How a component is built.
#[derive(Debug, Deserialize)]
pub(crate) struct Build {
    /// For the shell, in the manifest's directory.
    pub(crate) command: String,
    /// What comes out, from the manifest's directory.
    #[serde(alias = "output-path")]
    pub(crate) output_path: PathBuf,
}

/// One thing that a component can be told.
#[derive(Debug, Deserialize)]
pub(crate) struct Setting {
    #[serde(rename = "type", default)]
    form: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    options: Vec<String>,
}

impl Manifest {
    /// Reads the manifest of a directory.
    ///
    /// # Errors
    /// When there is none, or it is not one.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let path = directory.join(NAME);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}; a component's directory has one (selvedge component new)",
                path.display()
            )
        })?;
        let file: File = toml::from_str(&text)
            .with_context(|| format!("{} is no component's manifest", path.display()))?;
        if file.version != 1 {
            bail!("{}: manifest-version is {}, and 1 is what is known", path.display(), file.version);
        }
        Ok(Self { directory: directory.to_owned(), ..file.component })
    }

    /// The component's file.
    pub(crate) fn output(&self) -> PathBuf {
        self.directory.join(&self.build.output_path)
    }

    /// Values to try it with: something of the right form for each setting that must be there.
    pub(crate) fn samples(&self) -> Vec<(String, String)> {
        let required = self.settings.iter().filter(|(_, setting)| setting.required);
        required.map(|(name, setting)| (name.clone(), setting.sample())).collect()
    }
}

impl Setting {
    fn sample(&self) -> String {
        match (self.options.first(), self.form.as_str()) {
            (Some(option), _) => option.clone(),
            (None, "bool" | "boolean") => "true".into(),
            (None, "number") => "1".into(),
            _ => "test".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Manifest {
        toml::from_str::<File>(text).unwrap().component
    }

    #[test]
    fn todays_form_is_read() {
        let manifest = read(
            "manifest-version = 1\n[component]\nname = \"a\"\nversion = \"1.0.0\"\ncategory = \"data-collection\"\n\
             [component.build]\ncommand = \"make\"\noutput_path = \"a.wasm\"\n\
             [component.settings.region]\ntitle = \"Region\"\ntype = \"string\"\nrequired = true\noptions = [\"eu\", \"us\"]\n\
             [component.settings.debug]\ntitle = \"Debug\"\ntype = \"bool\"\nrequired = true\n\
             [component.settings.more]\ntitle = \"More\"\ntype = \"string\"\n",
        );
        assert_eq!((manifest.name.as_str(), manifest.build.command.as_str()), ("a", "make"));
        let samples = manifest.samples();
        assert_eq!(samples, [("debug".into(), "true".into()), ("region".into(), "eu".into())]);
    }

    #[test]
    fn the_first_form_is_read() {
        let manifest = read(
            "manifest_version = 1\n[package]\nname = \"a\"\nversion = \"1.0.0\"\nwit-world-version = \"0.4.0\"\n\
             [package.config-fields.key]\ntitle = \"Key\"\ntype = \"string\"\nrequired = true\n\
             [package.build]\ncommand = \"make\"\noutput_path = \"a.wasm\"\n",
        );
        assert_eq!(manifest.samples(), [("key".into(), "test".into())]);
    }
}
