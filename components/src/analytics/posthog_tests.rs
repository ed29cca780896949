use super::*;
use selvedge_core::facts::Timestamp;

fn theirs(last: i64, start: i64) -> Native {
    Native {
        distinct_id: "d".into(),
        device_id: None,
        session: Some((Some(last), Some("s".into()), Some(start))),
    }
}

#[test]
fn a_session_of_posthogs_own_lasts_half_an_hour_and_a_day() {
    let now = Timestamp(100 * DAY_MS);
    for (last, start, is) in [
        (now.0 - 1000, now.0 - 2000, true),
        (now.0 - SESSION_MS, now.0 - SESSION_MS, false),
        (now.0 - 1000, now.0 - DAY_MS, false),
    ] {
        assert_eq!(live(&theirs(last, start), now).is_some(), is);
    }
}

#[test]
fn our_sessions_are_version_7_uuids() {
    let of = |session: &str, visitor: &str| session_uuid(session, visitor);
    let id = of("1795343000", "v-1").unwrap();
    assert_eq!(id, of("1795343000", "v-1").unwrap(), "the same for all its events");
    assert_ne!(id, of("1795343000", "v-2").unwrap());
    assert_ne!(id, of("1795343001", "v-1").unwrap());
    let uuid = uuid::Uuid::parse_str(&id).unwrap();
    assert_eq!(uuid.get_version_num(), 7);
    assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
    assert_eq!(uuid.as_u128() >> 80, 1_795_343_000_000, "with the time of its start");
    for wrong in ["", "x", "-1", "99999999999999999999", "999999999999999"] {
        assert_eq!(of(wrong, "v"), None, "{wrong}");
    }
}
