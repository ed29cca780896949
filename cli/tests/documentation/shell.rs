//! The shell of the documentation's blocks, as far as they use it.

#![allow(unreachable_pub)]

/// A block of commands, and the line of the page where it begins.
pub struct Block {
    pub line: usize,
    pub text: String,
}

/// The blocks of a page that are marked `sh`, in lists too.
pub fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for (line, number) in page.lines().zip(1..) {
        match (line.trim(), &mut open) {
            ("```sh", None) => open = Some(Block { line: number, text: String::new() }),
            ("```", Some(_)) => blocks.extend(open.take()),
            (text, Some(block)) => block.text += &format!("{text}\n"),
            _ => {}
        }
    }
    assert!(open.is_none(), "a block that does not end");
    blocks
}

/// Commands within the text, such as `selvedge check --json`: the first of several with `|` between them, and up to what is
/// left out with `…`, which may be an option's value.
pub fn inline(page: &str) -> Vec<Block> {
    let (mut inline, mut fenced) = (Vec::new(), false);
    for (line, number) in page.lines().zip(1..) {
        fenced ^= line.trim_start().starts_with("```");
        let spans = line.split('`').skip(1).step_by(2).filter(|_| !fenced);
        for span in spans {
            let programs = ["selvedge ", "npx ", "wrangler ", "fastly ", "make ", "cargo test "];
            let span = span.split(" | ").next().unwrap_or_default();
            let text = match span.split_once('…') {
                Some((text, _))
                    if text.trim_end().rsplit(' ').next().is_some_and(|word| word.starts_with("--")) =>
                {
                    text.trim_end().rsplit_once(' ').map_or(text, |(before, _)| before)
                }
                Some((text, _)) => text,
                None => span,
            };
            if programs.iter().any(|program| text.starts_with(program)) {
                inline.push(Block { line: number, text: text.to_owned() });
            }
        }
    }
    inline
}

/// The commands of a text, each as its words: without comments and variables before it, apart where `|`, `&&` and `;` are.
pub fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let mut commands = Vec::new();
    for line in text.lines() {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match (letter, quote) {
                (letter, Some(open)) if letter == open => quote = None,
                (letter, Some(_)) => word.get_or_insert_default().push(letter),
                ('\'' | '"', None) => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                ('#', None) if word.is_none() => break,
                ('|' | ';' | '&', None) => {
                    words.extend(word.take());
                    commands.push(std::mem::take(&mut words));
                }
                // Where it goes to is no word of the command.
                ('>' | '<', None) => {
                    words.extend(word.take());
                    while letters.next_if(|letter| letter.is_whitespace() || *letter == '>').is_some() {}
                    while letters.next_if(|letter| !letter.is_whitespace()).is_some() {}
                }
                (letter, None) if letter.is_whitespace() => words.extend(word.take()),
                (letter, None) => word.get_or_insert_default().push(letter),
            }
        }
        words.extend(word);
        commands.push(words);
    }
    for command in &mut commands {
        let is_variable = |word: &String| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty()
                    && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
            })
        };
        let variables = command.iter().take_while(|word| is_variable(word)).count();
        command.drain(..variables);
    }
    commands.retain(|command| !command.is_empty());
    commands
}

#[test]
fn blocks_and_words_are_found() {
    let page = "a\n```sh\nA=1 x 'y z' \\\n  --q  # c\nb | c > d && e\n```\n- l\n  ```sh\n  f >g\n  ```\n```toml\nh\n```\n";
    let found = blocks(page);
    assert_eq!(found.iter().map(|block| block.line).collect::<Vec<_>>(), [2, 8]);
    let words: Vec<_> = found.iter().flat_map(|block| commands(&block.text)).collect();
    let expected: [&[&str]; 5] = [&["x", "y z", "--q"], &["b"], &["c"], &["e"], &["f"]];
    assert_eq!(words, expected);
}
