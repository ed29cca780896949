use super::*;

/// What ga-component 1.2.1 made of the same ids.
#[test]
fn client_ids_are_those_of_edgee() {
    for (uuid, n) in [
        ("00000000-0000-0000-0000-000000000000", "151760947"),
        ("be9f76b3-2c50-4d12-b14c-85c343745691", "108670052"),
    ] {
        assert_eq!(google_client_id(uuid, 1_700_000_000), format!("{n}.1700000000"));
    }
}

#[test]
fn small_numbers_are_padded_with_ones() {
    let padded = (0..).map(|n| format!("00000000-0000-4000-8000-{n:012}")).find_map(|uuid| {
        let digits = nine_digits(&uuid);
        (digits < 10_000_000).then(|| (google_client_id(&uuid, 5), digits))
    });
    let (id, digits) = padded.unwrap();
    assert_eq!(id.len(), "123456789.5".len());
    assert!(id.starts_with("11") && id.ends_with(&format!("{digits}.5")));
}

#[test]
fn googles_own_ids_stay_as_they_are() {
    for id in ["944266522.1681654733", "zzzzzzzz-2c50-4d12-b14c-85c343745691"] {
        assert_eq!(google_client_id(id, 5), id);
    }
}

const START: i64 = 1_795_343_000;

fn ours(count: u32, started: bool) -> Session {
    Session {
        session_id: START.to_string(),
        previous_session_id: None,
        session_count: count,
        session_start: started,
        first_seen: Timestamp(1_794_000_000_000),
        last_seen: Timestamp((START + 600) * 1000),
    }
}

#[test]
fn one_session_is_told_to_google() {
    let theirs = |id: i64, count: u32, last: i64| {
        Some(GaSession { id, count, engaged: true, last: Timestamp(last * 1000) })
    };
    // Ours, theirs; which session counts, its number, and whether it opens here.
    for (ours, theirs, expected) in [
        (ours(2, true), None, (START, 2, true)),
        // Theirs lives: began before ours, or after it.
        (ours(2, true), theirs(START - 900, 7, START), (START - 900, 7, false)),
        (ours(2, false), theirs(START + 3, 7, START + 500), (START + 3, 7, false)),
        // By a browser's clock that is ahead.
        (ours(2, false), theirs(START + 900, 7, START + 900), (START + 900, 7, false)),
        // Theirs is over, to the second.
        (ours(2, true), theirs(START - 9000, 7, START + 600 - 1799), (START - 9000, 7, false)),
        (ours(2, true), theirs(START - 9000, 7, START + 600 - 1800), (START, 8, true)),
        (ours(9, true), theirs(START - 90_000, 7, START - 80_000), (START, 9, true)),
        // It is over but ours: no tag keeps it alive.
        (ours(2, false), theirs(START, 7, START - 9000), (START, 7, false)),
        // A clock that is wrong by days says nothing.
        (ours(2, true), theirs(START + 90_000, 7, START + 90_000), (START, 8, true)),
        (ours(2, true), theirs(START, u32::MAX, 0), (START, u32::MAX, true)),
    ] {
        let session = google_session(&ours, theirs);
        let found = (session.session_id.parse().unwrap(), session.session_count, session.session_start);
        assert_eq!(found, expected, "{theirs:?}");
    }
}

#[test]
fn what_is_written_is_what_gtag_writes() {
    let session =
        GaSession { id: 1_747_323_152, count: 28, engaged: false, last: Timestamp(1_747_323_152_000) };
    assert_eq!(session.to_cookie(), "GS2.1.s1747323152$o28$g0$t1747323152$j60$l0$h0");
    assert_eq!(GaSession::of_cookie(&session.to_cookie()), Some(session));
    assert_eq!(GaSession::of_id(&session.to_id()), Some(session));
}
