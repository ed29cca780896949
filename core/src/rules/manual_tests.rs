//! The examples of `docs/rules.md`.

use serde_json::{Value, json};

use crate::config::Component;
use crate::config::check::tests::registry;
use crate::config::read::read;
use crate::event::{Data, Event, Page, Track};
use crate::privacy::well_known;

const MANUAL: &str = include_str!("../../../docs/rules.md");

/// The blocks in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    MANUAL.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// A component with the rules of a block.
fn component(block: &str) -> Component {
    let source = format!(
        "[[site]]\norigin = 'https://a.example'\n[[component]]\nkind = 'webhook'\n\
         settings.url = 'https://c.example'\n{block}"
    );
    let reading = read(&source, &registry()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(reading.warnings, []);
    reading.config.components.into_iter().next().unwrap()
}

fn purchase() -> Event {
    let track: Track = serde_json::from_str(blocks("json")[0]).unwrap();
    let mut event = well_known(Data::Track(track));
    event.context.page.path = Some("/checkout".into());
    event
}

#[test]
fn the_manuals_filters_do_what_it_says() {
    let page = well_known(Data::Page(Page::default()));
    let mut cheap = purchase();
    let mut internal = purchase();
    internal.context.page.path = Some("/internal/test".into());
    let Data::Track(track) = &mut cheap.data else { panic!("a track") };
    track.properties.remove("coupon");
    let mut elsewhere = purchase();
    elsewhere.context.client.country_code = Some("FR".into());
    elsewhere.context.traffic = None;
    let filters: Vec<_> = blocks("toml").into_iter().filter_map(|block| component(block).filter).collect();
    let expected = [
        [true, false, true, true, true],
        [true, false, false, false, false],
        [false, false, false, false, true],
    ];
    assert_eq!(filters.len(), expected.len());
    for (filter, expected) in filters.iter().zip(expected) {
        let passes =
            [&purchase(), &page, &cheap, &internal, &elsewhere].map(|event| super::passes(filter, event));
        assert_eq!(passes, expected, "{filter:?}");
    }
    assert!((component(blocks("toml")[0]).sample - 0.1).abs() < f64::EPSILON);
}

#[test]
fn the_manuals_transform_makes_what_it_shows() {
    let transforms: Vec<_> = blocks("toml")
        .into_iter()
        .map(|block| component(block).transforms)
        .filter(|t| !t.is_empty())
        .collect();
    let [transforms] = &transforms[..] else { panic!("one example") };
    let mut event = purchase();
    super::apply(transforms, &mut event);
    let shown: Value = serde_json::from_str(blocks("json")[1]).unwrap();
    let made = json!(event.data)["data"].clone();
    assert_eq!(made, shown);
    // In that order, too.
    assert_eq!(made.to_string(), shown.to_string());
}

/// Prints what rules cost: `cargo test --release -p selvedge-core --all-features rules -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost() {
    const TIMES: u32 = 20_000;
    let time = |what: &str, once: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        (0..TIMES).for_each(|_| once());
        println!("{what}: {} ns", start.elapsed().as_nanos() / u128::from(TIMES));
    };
    let event = purchase();
    for (nth, block) in blocks("toml").into_iter().enumerate() {
        let component = component(block);
        if let Some(filter) = &component.filter {
            time(&format!("filter {nth}"), &mut || {
                std::hint::black_box(super::passes(filter, std::hint::black_box(&event)));
            });
        }
    }
    time("a copy", &mut || drop(std::hint::black_box(event.clone())));
    let changes = component(blocks("toml").last().unwrap()).transforms;
    time("a copy and its nine changes", &mut || {
        let mut event = event.clone();
        super::apply(&changes, std::hint::black_box(&mut event));
    });
    time("a sample", &mut || {
        std::hint::black_box(super::keeps(0.1, std::hint::black_box("ddb14b31-e762-4eb9-890a-5245053dc544")));
    });
    time("an expression is compiled", &mut || {
        std::hint::black_box(super::Pattern::from("^(FR|DE)$".to_owned()).matches("FR"));
    });
    for hostile in
        ["(x+x+)+y", "(a?){50}a{50}b", "(.*a){12}b", "([a-z0-9]+[a-z]*x?){20}$", &"(a|b|c|d)*".repeat(50)]
    {
        let pattern = super::Pattern::from(hostile.to_owned());
        let text = "xa".repeat(1_024);
        let start = std::time::Instant::now();
        let matches = pattern.matches(&text);
        println!(
            "{hostile:.30} on 2 kB: {matches:?} in {} µs, {:?}",
            start.elapsed().as_micros(),
            pattern.problem()
        );
    }
}
