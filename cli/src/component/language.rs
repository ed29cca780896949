//! The languages that `selvedge component new` knows: their files, and the tools that build them.

use clap::ValueEnum;
use include_dir::{Dir, include_dir};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/component");

/// What a component is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    #[value(name = "typescript", alias = "ts")]
    TypeScript,
    Go,
    C,
    Python,
}

/// Which interface a component has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A destination: makes requests of events
    DataCollection,
    /// Reads what a visitor has agreed to from cookies
    ConsentMapping,
}

impl Kind {
    /// The interface's name, without package and version.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::DataCollection => "data-collection",
            Self::ConsentMapping => "consent-mapping",
        }
    }

    /// The interface, as WIT.
    pub(crate) fn wit(self) -> &'static str {
        match self {
            Self::DataCollection => include_str!("../../../wit/1.0.0/data-collection.wit"),
            Self::ConsentMapping => include_str!("../../../wit/1.0.0/consent-mapping.wit"),
        }
    }
}

/// How a language's projects are worked on.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The language, as it is written.
    pub(crate) title: &'static str,
    /// What must be installed.
    pub(crate) needs: &'static str,
    /// What is run once, before the first build.
    pub(crate) first: Option<&'static str>,
    /// What builds it: the manifest's command.
    pub(crate) build: &'static str,
    /// What runs the tests that need no host.
    pub(crate) test: &'static str,
}

impl Language {
    /// As it is written on the command line, and as its templates' directory is called.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Go => "go",
            Self::C => "c",
            Self::Python => "python",
        }
    }

    /// Its tools.
    pub(crate) fn tools(self) -> Tools {
        match self {
            Self::Rust => Tools {
                title: "Rust",
                needs: "Rust 1.85 or newer, and its target: rustup target add wasm32-unknown-unknown",
                first: None,
                build: "cargo build --release --target wasm32-unknown-unknown --target-dir target && \
                        cp target/wasm32-unknown-unknown/release/component.wasm component.wasm",
                test: "cargo test --lib",
            },
            Self::JavaScript => Tools {
                title: "JavaScript",
                needs: "Node 20 or newer",
                first: Some("npm install"),
                build: "npm run build",
                test: "npm test",
            },
            Self::TypeScript => Tools { title: "TypeScript", ..Self::JavaScript.tools() },
            Self::Go => Tools {
                title: "Go",
                needs: "Go 1.24 or newer (not TinyGo)",
                first: None,
                build: "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared \
                        -ldflags='-s -w -checklinkname=0' -o component.wasm .",
                test: "go test ./...",
            },
            Self::C => Tools {
                title: "C",
                needs: "clang and lld with a libc for WASI: the WASI SDK, or on Debian \
                        clang, lld, wasi-libc and libclang-rt-14-dev-wasm32",
                first: None,
                build: "make",
                test: "make test",
            },
            Self::Python => Tools {
                title: "Python",
                needs: "Python 3.10 or newer",
                first: Some("pip install -r requirements.txt"),
                build: "componentize-py --wit-path wit --world component componentize --stub-wasi app \
                        --output component.wasm",
                test: "python3 -m unittest",
            },
        }
    }

    /// The files of a project, by their path in it. Names that would mean something in the templates' own directory are
    /// written otherwise there.
    pub(crate) fn files(self, kind: Kind) -> Vec<(String, &'static str)> {
        let mut files = Vec::new();
        let language = self.word();
        for part in [
            "all".to_owned(),
            format!("kinds/{}", kind.word()),
            format!("{language}/any"),
            format!("{language}/{}", kind.word()),
        ] {
            if let Some(directory) = TEMPLATES.get_dir(&part) {
                collect(directory, &part, &mut files);
            }
        }
        files
    }
}

fn collect(directory: &Dir<'static>, root: &str, files: &mut Vec<(String, &'static str)>) {
    for inner in directory.dirs() {
        collect(inner, root, files);
    }
    for file in directory.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path()).display().to_string();
        let path = match path.as_str() {
            "gitignore" => ".gitignore",
            path => path.strip_suffix(".in").unwrap_or(path),
        };
        files.push((path.to_owned(), file.contents_utf8().unwrap_or_default()));
    }
}
