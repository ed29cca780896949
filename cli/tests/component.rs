//! `selvedge component` from outside: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory that is removed with what is in it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-component-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A directory with a component that is built: page makes a request, track an error, user never ends.
    fn acme(name: &str) -> Self {
        let directory = Self::new(name);
        directory.write(
            "wit/world.wit",
            "package a:b;\nworld component { export edgee:components/data-collection@1.0.0; }",
        );
        directory.write("wit/deps/edgee/i.wit", include_str!("../../wit/1.0.0/data-collection.wit"));
        directory.write("edgee-component.toml", MANIFEST);
        fs::write(directory.0.join("core.wasm"), wat::parse_str(include_str!("component/acme.wat")).unwrap())
            .unwrap();
        let seen = directory.run(&["build"]);
        assert_eq!(seen.code, Some(0), "{seen:?}");
        directory
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// The SHA-256 of a file, as others compute it.
    fn sum(&self, file: &str) -> String {
        let shell = format!("sha256sum {file} || shasum -a 256 {file}");
        let output = Command::new("sh").args(["-c", &shell]).current_dir(&self.0).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> Seen {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        let output = command.current_dir(&self.0).arg("component").args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Seen { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

const MANIFEST: &str = "manifest-version = 1\n[component]\nname = \"acme\"\nversion = \"1.2.0\"\n\
    [component.build]\ncommand = \"cp core.wasm acme.wasm\"\noutput_path = \"acme.wasm\"\n";

#[derive(Debug)]
struct Seen {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Seen {
    #[track_caller]
    fn good(&self, with: &[&str]) {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.says(&self.out, with);
    }

    #[track_caller]
    fn failed(&self, with: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.says(&self.err, with);
    }

    #[track_caller]
    fn says(&self, text: &str, with: &[&str]) {
        for part in with {
            assert!(text.contains(part), "no {part:?} in:\n{self:?}");
        }
    }
}

#[test]
fn new_writes_a_project_in_every_language_for_every_kind() {
    let directory = Directory::new("new");
    for language in ["rust", "javascript", "typescript", "go", "c", "python"] {
        for kind in ["data-collection", "consent-mapping"] {
            let name = format!("{language}-{kind}");
            let seen = directory.run(&["new", "--language", language, "--kind", kind, &name]);
            seen.good(&[&format!("{name}: a {kind} component in "), "selvedge component build\n"]);
            let manifest = directory.read(&format!("{name}/edgee-component.toml"));
            assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{manifest}");
            assert!(manifest.contains(&format!("category = \"{kind}\"\n")), "{manifest}");
            assert!(
                directory
                    .read(&format!("{name}/wit/deps/edgee/{kind}.wit"))
                    .contains("package edgee:components@1.0.0")
            );
            everything_is_filled_in(&directory.0.join(name));
        }
    }
    assert!(directory.read("c-data-collection/bindings/component.h").contains("exports_edgee_page("));
}

fn everything_is_filled_in(directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything_is_filled_in(&path);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let left = text.split("{{").skip(1).any(|rest| rest.starts_with(char::is_alphabetic));
            assert!(!left, "{}:\n{text}", path.display());
        }
    }
}

#[test]
fn new_refuses_what_is_no_name_and_what_is_there() {
    let directory = Directory::new("names");
    directory.run(&["new", "--language", "c", "../up"]).failed(&["\"../up\" is no name"]);
    directory.write("acme/file", "");
    directory.run(&["new", "--language", "c", "acme"]).failed(&["acme is already there"]);
    let seen = directory.run(&["new", "--language", "cobol", "acme"]);
    assert_eq!(seen.code, Some(2), "{seen:?}");
    seen.says(&seen.err, &["'cobol'", "rust, javascript, typescript, go, c, python"]);
}

#[test]
fn build_says_what_went_wrong() {
    let directory = Directory::new("build");
    directory.run(&["build"]).failed(&["cannot read ./edgee-component.toml"]);
    directory.write("edgee-component.toml", &MANIFEST.replace("cp core.wasm acme.wasm", "exit 3"));
    directory.run(&["build"]).failed(&["the build command of edgee-component.toml ended with 3"]);
    directory.write("edgee-component.toml", &MANIFEST.replace("cp core.wasm acme.wasm", "no-such-tool-here"));
    directory.run(&["build"]).failed(&["ended with 127; is what it needs installed?"]);
    directory.write("edgee-component.toml", &MANIFEST.replace("cp core.wasm acme.wasm", "true"));
    directory.run(&["build"]).failed(&["left no ./acme.wasm"]);
    directory.write("acme.wasm", "text");
    directory.run(&["build"]).failed(&["./acme.wasm: this is not WebAssembly"]);
    directory.write("edgee-component.toml", "manifest-version = 2\n");
    directory.run(&["build"]).failed(&["is no component's manifest"]);
}

#[test]
fn what_is_built_is_a_component() {
    let directory = Directory::acme("inspect");
    // A second time there is nothing to make of it, unless the command leaves a module again.
    directory.run(&["build"]).good(&["acme.wasm: acme 1.2.0 (", "bytes, made a component)"]);
    directory.run(&["inspect"]).good(&[
        "called      acme 1.2.0\n",
        "interface   edgee:components/data-collection@1.0.0\n",
        "imports     nothing\n",
        "made by     wit-component ",
    ]);
}

#[test]
fn check_calls_every_function_and_fails_with_the_one_that_does() {
    let seen = Directory::acme("check").run(&["check"]);
    seen.failed(&["acme.wasm: failed with user"]);
    seen.says(
        &seen.out,
        &[
            "acme.wasm can be linked\n",
            " instructions (0.01 ms), 64 KiB: → POST https://in.example/?a=1&b=2\n",
            ": it refuses: no tracks here\n",
            ": it was not done after 4000000 instructions\n",
        ],
    );
}

#[test]
fn what_cannot_be_linked_is_told() {
    let directory = Directory::new("refused");
    directory.run(&["check", "none.wasm"]).failed(&["cannot read none.wasm"]);
    directory.write("text.wasm", "text");
    directory.run(&["check", "text.wasm"]).failed(&["text.wasm: this is not a WebAssembly component"]);
    let core = wat::parse_str("(module)").unwrap();
    fs::write(directory.0.join("core.wasm"), core).unwrap();
    directory.run(&["inspect", "core.wasm"]).failed(&["core.wasm: this is a core module"]);
    let other = wat::parse_str(
        "(component (import \"wasi:sockets/tcp@0.2.3\" (instance)) (import \"wasi:clocks/wall-clock@0.2.3\" (instance)))",
    );
    fs::write(directory.0.join("other.wasm"), other.unwrap()).unwrap();
    directory.run(&["inspect", "other.wasm"]).good(&[
        "interface   refused: it exports none of edgee:components/data-collection",
        "wasi:sockets/tcp@0.2.3  (refused: a component opens no connections",
        "wasi:clocks/wall-clock@0.2.3  (allowed)",
    ]);
    directory.run(&["check", "other.wasm"]).failed(&["other.wasm: it exports none of"]);
}

#[test]
fn test_shows_what_becomes_of_an_event() {
    let directory = Directory::acme("event");
    let seen = directory.run(&["test", "--event", "page"]);
    assert_eq!(seen.out, "POST https://in.example/?a=1&b=2\nx-acme: it's\n\n{\n  \"b\": 1\n}\n");
    seen.says(&seen.err, &["instructions ("]);
    let curl = directory.run(&["test", "acme.wasm", "--event", "page", "--curl"]);
    let known = "curl --request POST 'https://in.example/?a=1&b=2' \\\n  --header 'x-acme: it'\\''s' \\\n  --data-raw '{\"b\":1}'\n";
    assert_eq!(curl.out, known);
    directory.run(&["test", "--event", "track"]).failed(&["the component refuses: no tracks here"]);
    directory.run(&["test", "--event", "user"]).failed(&["it was not done after 4000000 instructions"]);
    directory
        .run(&["test", "--event", "click"])
        .failed(&["--event click: it is page, track, user, or a file"]);
    directory
        .run(&["test", "--event", "page", "--setting", "x"])
        .failed(&["--setting x: it is written name=value"]);
    directory.run(&["test", "--cookie", "a=b"]).failed(&["a destination gets no cookies"]);
}

#[test]
fn test_compares_with_the_cases_and_writes_them() {
    let directory = Directory::acme("cases");
    directory.run(&["test"]).failed(&["there are no cases in ./fixtures"]);
    directory.write("fixtures/page.json", "{ \"about\": \"a view\", \"event\": { \"type\": \"page\" } }");
    directory.write(
        "fixtures/track.json",
        "{ \"event\": { \"type\": \"track\" }, \"error\": \"no tracks here\" }",
    );
    let seen = directory.run(&["test"]);
    seen.failed(&["1 of 2 cases failed"]);
    seen.says(
        &seen.out,
        &["page: FAILED\n", "+     \"url\": \"https://in.example/?a=1&b=2\",", "track: as it should be\n"],
    );
    directory.run(&["test", "--update"]).good(&["page: written\n", "track: as it should be\n"]);
    let written = directory.read("fixtures/page.json");
    assert!(written.starts_with("{\n  \"about\": \"a view\",\n  \"event\": {"), "{written}");
    directory.run(&["test"]).good(&["page: as it should be\n"]);
    directory.write("fixtures/user.json", "{ \"event\": { \"type\": \"user\" }, \"error\": \"x\" }");
    let seen = directory.run(&["test", "--update"]);
    seen.failed(&["1 of 3"]);
    seen.says(&seen.out, &["user: FAILED\n  ./fixtures/user.json: it was not done"]);
}

#[test]
fn add_takes_from_a_registry_and_locks_what_it_took() {
    let registry = Directory::acme("registry");
    let from = registry.0.display().to_string();
    let sum = registry.sum("acme.wasm");
    let index = format!(
        "[[component]]\nname = \"acme\"\nversion = \"1.2.0\"\nfile = \"acme.wasm\"\nsha256 = \"{sum}\"\n"
    );
    registry.write("index.toml", &index);

    let site = Directory::new("site");
    site.run(&["add", "acme@1.2.0"]).failed(&["acme from where?"]);
    site.run(&["add", "acme", "--from", &from]).failed(&["acme in which version? There is acme@1.2.0"]);
    site.run(&["add", "acme@2.0.0", "--from", &from]).failed(&["has no acme 2.0.0; it has 1.2.0"]);
    site.run(&["add", "other@1.0.0", "--from", &from]).failed(&["has no other"]);
    site.run(&["add", "acme@1.2.0", "--from", "http://a.example"])
        .failed(&["a directory, or a URL with https"]);
    let added = "components/acme.wasm: acme 1.2.0, edgee:components/data-collection@1.0.0\n";
    site.run(&["add", "acme@1.2.0", "--from", &from]).good(&[added]);
    let lock = site.read("selvedge.lock");
    assert!(lock.contains(&format!("sha256 = \"{sum}\"\nfile = \"components/acme.wasm\"\n")), "{lock}");
    // Where it is from is known now.
    site.run(&["add", "acme@1.2.0"]).good(&[added]);

    let config = "[[site]]\norigin = \"https://shop.example\"\n[[component]]\nkind = \"wasm\"\nid = \"acme\"\nfile = \"components/acme.wasm\"\nevents = [\"page\"]\n";
    site.write("selvedge.toml", config);
    let list = site.run(&["list"]);
    list.good(&[
        "components/acme.wasm: acme 1.2.0 from ",
        "interface   edgee:components/data-collection@1.0.0\n",
        "acme        page  ",
    ]);

    // What is there is not what was added.
    let mut bytes = fs::read(site.0.join("components/acme.wasm")).unwrap();
    bytes.extend([0, 2, 1, b'x']); // a custom section: the same component, in other bytes
    fs::write(site.0.join("components/acme.wasm"), &bytes).unwrap();
    let other = ["components/acme.wasm is not the acme 1.2.0 that was added", &sum];
    site.run(&["check", "components/acme.wasm"]).failed(&other);
    site.run(&["list"]).failed(&other);
    // The registry has another file by the same version, and its index knows.
    fs::write(registry.0.join("acme.wasm"), &bytes).unwrap();
    site.run(&["add", "acme@1.2.0"]).failed(&["acme.wasm is not what ", "the index says"]);
    let again = registry.sum("acme.wasm");
    registry.write("index.toml", &index.replace(&sum, &again));
    site.run(&["add", "acme@1.2.0"]).failed(&["has another acme 1.2.0 than the one that was added"]);
    // A new version may be another file.
    registry.write("index.toml", &index.replace(&sum, &again).replace("1.2.0", "1.3.0"));
    site.run(&["add", "acme@1.3.0"]).good(&["acme 1.3.0 (it was 1.2.0)"]);
    site.run(&["check", "components/acme.wasm"]).says(&site.read("selvedge.lock"), &[&again]);
}

/// Serves a directory's files, and nothing else, for as long as the test lasts.
fn served(directory: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/registry", listener.local_addr().unwrap());
    let directory = directory.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            while reader.read_line(&mut String::new()).unwrap() > 2 {}
            let path = line.split(' ').nth(1).unwrap().trim_start_matches("/registry/").to_owned();
            let (status, body) = match fs::read(directory.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            write!(
                stream,
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            )
            .unwrap();
            stream.write_all(&body).unwrap();
        }
    });
    url
}

#[test]
fn add_takes_from_a_url() {
    let registry = Directory::acme("served");
    let entry = |file: &str, sum: &str| {
        format!(
            "[[component]]\nname = \"acme\"\nversion = \"1.2.0\"\nfile = \"{file}\"\nsha256 = \"{sum}\"\n"
        )
    };
    let sum = registry.sum("acme.wasm");
    let url = served(&registry.0);
    let site = Directory::new("site-of-url");
    site.run(&["add", "acme@1.2.0", "--from", &url]).failed(&["cannot get ", "/registry/index.toml", "404"]);
    registry.write("index.toml", &entry("acme.wasm", &sum));
    site.run(&["add", "acme@1.2.0", "--from", &url]).good(&["components/acme.wasm: acme 1.2.0"]);
    let lock = site.read("selvedge.lock");
    assert!(lock.contains(&format!("source = \"{url}/acme.wasm\"\nsha256 = \"{sum}\"\n")), "{lock}");
    assert_eq!(site.sum("components/acme.wasm"), sum);
    for outside in ["../acme.wasm", "/etc/hosts", "https://a.example/acme.wasm"] {
        registry.write("index.toml", &entry(outside, &sum));
        site.run(&["add", "acme@1.2.0"]).failed(&["is not a file beside the index"]);
    }
}
