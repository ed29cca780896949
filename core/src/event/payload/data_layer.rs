//! The data layer's text: JSON, in which Edgee's users have been writing JavaScript comments.

use std::borrow::Cow;

/// The text with every comment blanked, so that lines and columns of an error stay true.
pub fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("//") && !text.contains("/*") {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = At::Json;
    for byte in text.bytes() {
        let (next, kept) = match (at, byte) {
            (At::Slash, b'/' | b'*') => {
                out.pop();
                out.push(b' ');
                (if byte == b'/' { At::Line } else { At::Block }, false)
            }
            (At::Json, b'/') => (At::Slash, true),
            (At::Json | At::Slash, b'"') => (At::Text, true),
            (At::Json | At::Slash, _) => (At::Json, true),
            (At::Text, b'"') => (At::Json, true),
            (At::Text, b'\\') => (At::Escape, true),
            (At::Text | At::Escape, _) => (At::Text, true),
            (At::Line, b'\n' | b'\r') => (At::Json, true),
            (At::Line, _) => (At::Line, false),
            (At::Star, b'/') => (At::Json, false),
            (At::Block | At::Star, b'*') => (At::Star, false),
            (At::Block | At::Star, b'\n') => (At::Block, true),
            (At::Block | At::Star, _) => (At::Block, false),
        };
        out.push(if kept { byte } else { b' ' });
        at = next;
    }
    // Whole comments were blanked, so what is left is text still.
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// Outside texts and comments.
    Json,
    /// After a slash there.
    Slash,
    /// In a text.
    Text,
    /// After a backslash there.
    Escape,
    /// In a comment up to the end of the line.
    Line,
    /// In a comment up to `*/`.
    Block,
    /// After an asterisk there.
    Star,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_are_blanked_and_texts_are_left() {
        for (text, expected) in [
            ("{}", "{}"),
            ("{} // x", "{}     "),
            ("// é\n{}", "     \n{}"),
            ("{/* a\n * b */}", "{    \n       }"),
            ("{/**/}", "{    }"),
            ("{/***/}", "{     }"),
            ("{/*/ */}", "{      }"),
            (r#"{"a":"https://b/*c*/"}"#, r#"{"a":"https://b/*c*/"}"#),
            (r#"{"a\"//":"\\"//x"#, r#"{"a\"//":"\\"   "#),
            (r#"/"a//"//"#, r#"/"a//"  "#),
            ("{/* never closed", "{               "),
            ("// x\r\n{}", "    \r\n{}"),
            ("1 / 2 //", "1 / 2   "),
        ] {
            assert_eq!(without_comments(text), expected);
        }
    }

    proptest! {
        #[test]
        fn json_without_comments_stays_as_it_is(text in "([a-z{}:,]|\"[a-z/*]{0,5}\")*") {
            prop_assert_eq!(without_comments(&text), text.as_str());
        }

        #[test]
        fn blanking_keeps_the_length(text in "([/*\"\\\\\n]|\\PC){0,40}") {
            prop_assert_eq!(without_comments(&text).len(), text.len());
        }
    }
}
