//! Components' own rules.

use super::*;

/// A component with these rules.
fn ruled(lines: &str) -> String {
    format!("{SITE}{WEBHOOK}{lines}")
}

#[test]
fn samples_are_parts() {
    for sample in ["-0.1", "1.5", "nan", "inf"] {
        finds(Error, &ruled(&format!("sample = {sample} # <<")), "component[0].sample", "0 to 1");
    }
    finds(Error, &ruled("sample = '10%' # <<"), "component[0].sample", "expected a number");
    finds(Warning, &ruled("sample = 0 # <<"), "component[0].sample", "gets nothing");
    for sample in ["1", "0.25", "1e-3"] {
        assert_eq!(only(&ruled(&format!("sample = {sample}"))), None);
    }
}

#[test]
fn filters_must_be_able_to_hold() {
    let long = format!("path = 'data.name', prefix = '{}'", "x".repeat(2049));
    for (filter, key, message) in [
        ("", "", "says nothing"),
        ("equals = 1", ".path", "`equals` needs the `path`"),
        ("path = 'type'", ".path", "nothing is said"),
        ("path = 'typ', equals = 'page'", ".path", "no `typ` in `typ`; did you mean `type`?"),
        ("path = 'data.nam', present = true", ".path", "did you mean `name`?"),
        ("path = 'context.client.contry_code', present = true", ".path", "did you mean `country_code`?"),
        ("path = 'context.zzz', present = true", ".path", "no `zzz`"),
        ("path = 'context.client.city.name', present = true", ".path", "nothing within"),
        ("path = 'context.ids._ga.x', present = true", ".path", "nothing within"),
        ("path = 'context.client.city[]', present = true", ".path", "no list"),
        ("path = 'a..b', present = true", ".path", "a name is missing"),
        ("path = 'data.name', equls = 1", ".equls", "did you mean `equals`?"),
        ("path = 'data.name', equals = 1", ".equals", "is text, never that"),
        ("path = 'data.name', in = ['a', true]", ".in[1]", "is text, never that"),
        ("path = 'context.client.screen_width', equals = '1'", ".equals", "is a number, never that"),
        ("path = 'gpc', equals = 'yes'", ".equals", "is true or false, never that"),
        ("path = 'purposes.analytics', equals = 1", ".equals", "is true or false, never that"),
        ("path = 'data.name', equals = [1]", ".equals", "expected text, a number, or true or false"),
        ("path = 'data.name', equals = 2024-01-01", ".equals", "found a date"),
        ("path = 'type', equals = 'pages'", ".equals", "did you mean `page`?"),
        ("path = 'data.name', above = 1", ".above", "is text"),
        ("path = 'context.client.screen_width', prefix = '1'", ".prefix", "is a number"),
        ("path = 'context.page.keywords', equals = 'a'", ".equals", "is a list of texts"),
        ("path = 'context.page', contains = 'a'", ".contains", "is a table"),
        ("path = 'data.name', in = []", ".in", "1 to 200"),
        ("path = 'data.name', prefix = ''", ".prefix", "every text"),
        (&long, ".prefix", "2049 bytes"),
        ("path = 'data.name', matches = '('", ".matches", "no regular expression"),
        ("path = 'data.name', matches = '(a{99}){99}'", ".matches", "no regular expression"),
        ("path = 'data.properties.x', above = nan", ".above", "no number"),
        ("path = 'data.properties.x', above = 2, below = 2", "", "no number is within"),
        ("path = 'data.properties.x', at_least = 3, at_most = 2", "", "no number is within"),
        ("path = 'data.properties.x', above = '2'", ".above", "expected a number"),
        ("path = 'data.properties.x', present = true, above = 2", ".present", "stands alone"),
        ("path = 'type', equals = 'page', all = []", ".path", "`all` and `path`"),
        ("all = []", ".all", "no conditions"),
        ("any = [{ path = 'type', equals = 'page' }, {}]", ".any[1]", "says nothing"),
        ("not = { not = { path = 'typo', equals = 'page' } }", ".not.not.path", "no `typo`"),
        ("not = { path = 'type', equals = 'page' }, equals = 1", ".equals", "goes with a `path`"),
    ] {
        let source = ruled(&format!("filter = {{ {filter} }} # <<"));
        let problems = read(&source, &registry()).unwrap_err().into_list();
        let key = format!("component[0].filter{key}");
        let found = problems.iter().find(|problem| problem.key == key && problem.message.contains(message));
        let found = found.unwrap_or_else(|| panic!("{key} {message}: {problems:#?}"));
        assert_eq!((found.severity, found.line), (Error, 6), "{source}");
    }
    let nested = |depth: usize| {
        let inner = "path = 'type', equals = 'page'";
        ruled(&format!(
            "filter = {{ {}{inner}{} }} # <<",
            "not = { ".repeat(depth - 1),
            " }".repeat(depth - 1)
        ))
    };
    assert_eq!(only(&nested(8)), None);
    assert!(only(&nested(9)).unwrap().2.contains("more than 8 deep"));
    let many = |count: usize| {
        let one = "{ path = 'type', equals = 'page' },".repeat(count - 1);
        ruled(&format!("filter = {{ any = [{one}] }} # <<"))
    };
    assert_eq!(only(&many(100)), None);
    finds(Error, &many(101), "component[0].filter", "101 conditions");
    for filter in [
        "path = 'context.ids._ga', present = false",
        "path = 'components.ga4', equals = true",
        "path = 'context.page.keywords[]', equals = 'sale'",
        "path = 'context.page.keywords', present = true",
        "path = 'context.session.session_count', at_least = 2, at_most = 2",
        "path = 'data.properties.a[].b.\"c.d\"', in = ['x', 1, 1.5, true]",
        "path = 'data.user_id', present = true",
    ] {
        assert_eq!(only(&ruled(&format!("filter = {{ {filter} }}"))), None, "{filter}");
    }
}

#[test]
fn changes_must_be_possible() {
    let p = "data.properties";
    for (change, key, message) in [
        ("".to_owned(), "", "changes nothing"),
        ("drop = 'data.name'\nhash = 'data.name'".into(), ".hash", "`drop` and `hash`"),
        ("drops = 'data.name'".into(), ".drops", "did you mean `drop`?"),
        ("drop = 'uuid'".into(), ".drop", "cannot be changed"),
        ("drop = 'purposes.analytics'".into(), ".drop", "cannot be changed"),
        ("drop = 'components.ga4'".into(), ".drop", "cannot be changed"),
        ("drop = 'context.session.session_id'".into(), ".drop", "cannot be changed"),
        ("drop = 'context.client.ipp'".into(), ".drop", "no `ipp`"),
        (format!("drop = '{p}.list[]'"), ".drop", "all elements"),
        ("set = { path = 'consent', value = 'granted' }".into(), ".set.path", "cannot be changed"),
        ("set = { path = 'anonymous', value = false }".into(), ".set.path", "cannot be changed"),
        ("set = { path = 'context.client.screen_width', value = 'x' }".into(), ".set.value", "is a number"),
        ("set = { path = 'context.client.screen_width', value = -1 }".into(), ".set.value", "cannot be set"),
        ("set = { path = 'context.client.device', value = 'x' }".into(), ".set.value", "cannot be set"),
        ("set = { path = 'context.page', value = 'x' }".into(), ".set.value", "cannot be set"),
        (format!("set = {{ path = '{p}.x', value = inf }}"), ".set.value", "no number"),
        (format!("set = {{ path = '{p}.x' }}"), ".set.value", "the key `value` is missing"),
        ("hash = 'context.client.screen_width'".into(), ".hash", "cannot hold a hash"),
        ("hash = 'context.client.device'".into(), ".hash", "cannot hold a hash"),
        ("hash = 'context.page'".into(), ".hash", "cannot hold a hash"),
        (format!("cast = {{ path = '{p}.x', to = 'txt' }}"), ".cast.to", "did you mean `text`?"),
        ("cast = { path = 'data.name', to = 'text' }".into(), ".cast.path", "is text, whatever"),
        ("rename = { from = 'type', to = 'data.properties.x' }".into(), ".rename.from", "cannot be changed"),
        ("copy = { from = 'type', to = 'uuid' }".into(), ".copy.to", "cannot be changed"),
        (format!("copy = {{ from = '{p}.a', to = '{p}.a' }}"), ".copy.to", "within each other"),
        (format!("copy = {{ from = '{p}.a', to = '{p}.a.b' }}"), ".copy.to", "within each other"),
        (format!("rename = {{ from = '{p}.l[].a', to = '{p}.a' }}"), ".rename.to", "not within the list"),
        (format!("rename = {{ from = '{p}.l[].a', to = '{p}.m[].a' }}"), ".rename.to", "not within the list"),
        (format!("rename = {{ from = '{p}.a', to = '{p}.l[].a' }}"), ".rename.to", "not within the list"),
        (format!("copy = {{ from = 'context.user', to = '{p}.user' }}"), ".copy.from", "is a table"),
        ("copy = { from = 'data.name', to = 'context.client.latitude' }".into(), ".copy.to", "cannot take"),
        ("name = { from = 'a', to = '' }".into(), ".name.to", "has a name"),
        ("name = { from = 'a', to = 'a' }".into(), ".name.to", "the same"),
    ] {
        let source = ruled(&format!("[[component.transform]]\n[[component.transform]] # <<\n{change}"));
        let source =
            source.replace("[[component.transform]]\n[[", "[[component.transform]]\ndrop = 'data.title'\n[[");
        let problems = read(&source, &registry()).unwrap_err().into_list();
        let key = format!("component[0].transform[1]{key}");
        let found = problems.iter().find(|problem| problem.key == key && problem.message.contains(message));
        let found = found.unwrap_or_else(|| panic!("{key} {message}: {problems:#?}"));
        assert_eq!(found.severity, Error);
        assert!((8..=10).contains(&found.line), "{found:?}");
    }
    for change in [
        "drop = 'context.client'",
        "drop = 'context.session'",
        "drop = 'data.name'",
        "hash = 'context.ids._ga'",
        "hash = 'context.page.keywords[]'",
        "set = { path = 'context.user.properties.plan', value = 'pro' }",
        "copy = { from = 'uuid', to = 'data.properties.event_id' }",
        "copy = { from = 'gpc', to = 'data.properties.gpc' }",
        "copy = { from = 'context.client.screen_width', to = 'context.page.title' }",
        "rename = { from = 'data.properties.tags', to = 'context.page.keywords' }",
        "rename = { from = 'data.properties.l[].a', to = 'data.properties.l[].b' }",
        "cast = { path = 'data.properties.l[].a', to = 'boolean' }",
    ] {
        assert_eq!(only(&ruled(&format!("[[component.transform]]\n{change}"))), None, "{change}");
    }
    let many = "[[component.transform]]\ndrop = 'data.title'\n".repeat(50);
    assert_eq!(only(&ruled(&many)), None);
    let many = ruled(&format!("{many}[[component.transform]] # <<\ndrop = 'data.title'"));
    finds(Error, &many, "component[0].transform[50]", "may have 50");
}
