//! The time zone of a place, for a platform that does not say it.

/// The IANA time zone of a country (ISO 3166-1 alpha-2) or of its region (ISO 3166-2 without the country). None where
/// a country or a region has several and neither tells which.
pub(super) fn of(country: &str, region: Option<&str>) -> Option<&'static str> {
    let found = |table: &[(&str, &'static str)], key: &str| {
        let at = table.binary_search_by(|(code, _)| (*code).cmp(key)).ok()?;
        table.get(at).map(|(_, zone)| *zone)
    };
    let regional = region.filter(|region| region.len() <= 3).map(|region| format!("{country}-{region}"));
    regional.and_then(|key| found(&REGIONS, &key)).or_else(|| found(&COUNTRIES, country))
}

/// Countries with one zone, by `zone.tab` of the IANA time zone data base (iana.org/time-zones, 2025b, in the public
/// domain); and those whose other zones keep the same clock or are in [`REGIONS`].
#[rustfmt::skip]
static COUNTRIES: [(&str, &str); 229] = [
    ("AD", "Europe/Andorra"), ("AE", "Asia/Dubai"), ("AF", "Asia/Kabul"), ("AG", "America/Antigua"),
    ("AI", "America/Anguilla"), ("AL", "Europe/Tirane"), ("AM", "Asia/Yerevan"), ("AO", "Africa/Luanda"),
    ("AR", "America/Argentina/Buenos_Aires"), ("AS", "Pacific/Pago_Pago"), ("AT", "Europe/Vienna"),
    ("AW", "America/Aruba"), ("AX", "Europe/Mariehamn"), ("AZ", "Asia/Baku"), ("BA", "Europe/Sarajevo"),
    ("BB", "America/Barbados"), ("BD", "Asia/Dhaka"), ("BE", "Europe/Brussels"),
    ("BF", "Africa/Ouagadougou"), ("BG", "Europe/Sofia"), ("BH", "Asia/Bahrain"), ("BI", "Africa/Bujumbura"),
    ("BJ", "Africa/Porto-Novo"), ("BL", "America/St_Barthelemy"), ("BM", "Atlantic/Bermuda"),
    ("BN", "Asia/Brunei"), ("BO", "America/La_Paz"), ("BQ", "America/Kralendijk"), ("BS", "America/Nassau"),
    ("BT", "Asia/Thimphu"), ("BW", "Africa/Gaborone"), ("BY", "Europe/Minsk"), ("BZ", "America/Belize"),
    ("CC", "Indian/Cocos"), ("CF", "Africa/Bangui"), ("CG", "Africa/Brazzaville"), ("CH", "Europe/Zurich"),
    ("CI", "Africa/Abidjan"), ("CK", "Pacific/Rarotonga"), ("CM", "Africa/Douala"), ("CN", "Asia/Shanghai"),
    ("CO", "America/Bogota"), ("CR", "America/Costa_Rica"), ("CU", "America/Havana"),
    ("CV", "Atlantic/Cape_Verde"), ("CW", "America/Curacao"), ("CX", "Indian/Christmas"),
    ("CY", "Asia/Nicosia"), ("CZ", "Europe/Prague"), ("DE", "Europe/Berlin"), ("DJ", "Africa/Djibouti"),
    ("DK", "Europe/Copenhagen"), ("DM", "America/Dominica"), ("DO", "America/Santo_Domingo"),
    ("DZ", "Africa/Algiers"), ("EC", "America/Guayaquil"), ("EE", "Europe/Tallinn"), ("EG", "Africa/Cairo"),
    ("EH", "Africa/El_Aaiun"), ("ER", "Africa/Asmara"), ("ES", "Europe/Madrid"),
    ("ET", "Africa/Addis_Ababa"), ("FI", "Europe/Helsinki"), ("FJ", "Pacific/Fiji"),
    ("FK", "Atlantic/Stanley"), ("FO", "Atlantic/Faroe"), ("FR", "Europe/Paris"),
    ("GA", "Africa/Libreville"), ("GB", "Europe/London"), ("GD", "America/Grenada"), ("GE", "Asia/Tbilisi"),
    ("GF", "America/Cayenne"), ("GG", "Europe/Guernsey"), ("GH", "Africa/Accra"), ("GI", "Europe/Gibraltar"),
    ("GM", "Africa/Banjul"), ("GN", "Africa/Conakry"), ("GP", "America/Guadeloupe"), ("GQ", "Africa/Malabo"),
    ("GR", "Europe/Athens"), ("GS", "Atlantic/South_Georgia"), ("GT", "America/Guatemala"),
    ("GU", "Pacific/Guam"), ("GW", "Africa/Bissau"), ("GY", "America/Guyana"), ("HK", "Asia/Hong_Kong"),
    ("HN", "America/Tegucigalpa"), ("HR", "Europe/Zagreb"), ("HT", "America/Port-au-Prince"),
    ("HU", "Europe/Budapest"), ("IE", "Europe/Dublin"), ("IL", "Asia/Jerusalem"),
    ("IM", "Europe/Isle_of_Man"), ("IN", "Asia/Kolkata"), ("IO", "Indian/Chagos"), ("IQ", "Asia/Baghdad"),
    ("IR", "Asia/Tehran"), ("IS", "Atlantic/Reykjavik"), ("IT", "Europe/Rome"), ("JE", "Europe/Jersey"),
    ("JM", "America/Jamaica"), ("JO", "Asia/Amman"), ("JP", "Asia/Tokyo"), ("KE", "Africa/Nairobi"),
    ("KG", "Asia/Bishkek"), ("KH", "Asia/Phnom_Penh"), ("KM", "Indian/Comoro"), ("KN", "America/St_Kitts"),
    ("KP", "Asia/Pyongyang"), ("KR", "Asia/Seoul"), ("KW", "Asia/Kuwait"), ("KY", "America/Cayman"),
    ("KZ", "Asia/Almaty"), ("LA", "Asia/Vientiane"), ("LB", "Asia/Beirut"), ("LC", "America/St_Lucia"),
    ("LI", "Europe/Vaduz"), ("LK", "Asia/Colombo"), ("LR", "Africa/Monrovia"), ("LS", "Africa/Maseru"),
    ("LT", "Europe/Vilnius"), ("LU", "Europe/Luxembourg"), ("LV", "Europe/Riga"), ("LY", "Africa/Tripoli"),
    ("MA", "Africa/Casablanca"), ("MC", "Europe/Monaco"), ("MD", "Europe/Chisinau"),
    ("ME", "Europe/Podgorica"), ("MF", "America/Marigot"), ("MG", "Indian/Antananarivo"),
    ("MK", "Europe/Skopje"), ("ML", "Africa/Bamako"), ("MM", "Asia/Yangon"), ("MO", "Asia/Macau"),
    ("MP", "Pacific/Saipan"), ("MQ", "America/Martinique"), ("MR", "Africa/Nouakchott"),
    ("MS", "America/Montserrat"), ("MT", "Europe/Malta"), ("MU", "Indian/Mauritius"),
    ("MV", "Indian/Maldives"), ("MW", "Africa/Blantyre"), ("MY", "Asia/Kuala_Lumpur"),
    ("MZ", "Africa/Maputo"), ("NA", "Africa/Windhoek"), ("NC", "Pacific/Noumea"), ("NE", "Africa/Niamey"),
    ("NF", "Pacific/Norfolk"), ("NG", "Africa/Lagos"), ("NI", "America/Managua"), ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"), ("NP", "Asia/Kathmandu"), ("NR", "Pacific/Nauru"), ("NU", "Pacific/Niue"),
    ("NZ", "Pacific/Auckland"), ("OM", "Asia/Muscat"), ("PA", "America/Panama"), ("PE", "America/Lima"),
    ("PH", "Asia/Manila"), ("PK", "Asia/Karachi"), ("PL", "Europe/Warsaw"), ("PM", "America/Miquelon"),
    ("PN", "Pacific/Pitcairn"), ("PR", "America/Puerto_Rico"), ("PS", "Asia/Hebron"),
    ("PT", "Europe/Lisbon"), ("PW", "Pacific/Palau"), ("PY", "America/Asuncion"), ("QA", "Asia/Qatar"),
    ("RE", "Indian/Reunion"), ("RO", "Europe/Bucharest"), ("RS", "Europe/Belgrade"), ("RW", "Africa/Kigali"),
    ("SA", "Asia/Riyadh"), ("SB", "Pacific/Guadalcanal"), ("SC", "Indian/Mahe"), ("SD", "Africa/Khartoum"),
    ("SE", "Europe/Stockholm"), ("SG", "Asia/Singapore"), ("SH", "Atlantic/St_Helena"),
    ("SI", "Europe/Ljubljana"), ("SJ", "Arctic/Longyearbyen"), ("SK", "Europe/Bratislava"),
    ("SL", "Africa/Freetown"), ("SM", "Europe/San_Marino"), ("SN", "Africa/Dakar"),
    ("SO", "Africa/Mogadishu"), ("SR", "America/Paramaribo"), ("SS", "Africa/Juba"),
    ("ST", "Africa/Sao_Tome"), ("SV", "America/El_Salvador"), ("SX", "America/Lower_Princes"),
    ("SY", "Asia/Damascus"), ("SZ", "Africa/Mbabane"), ("TC", "America/Grand_Turk"),
    ("TD", "Africa/Ndjamena"), ("TF", "Indian/Kerguelen"), ("TG", "Africa/Lome"), ("TH", "Asia/Bangkok"),
    ("TJ", "Asia/Dushanbe"), ("TK", "Pacific/Fakaofo"), ("TL", "Asia/Dili"), ("TM", "Asia/Ashgabat"),
    ("TN", "Africa/Tunis"), ("TO", "Pacific/Tongatapu"), ("TR", "Europe/Istanbul"),
    ("TT", "America/Port_of_Spain"), ("TV", "Pacific/Funafuti"), ("TW", "Asia/Taipei"),
    ("TZ", "Africa/Dar_es_Salaam"), ("UA", "Europe/Kyiv"), ("UG", "Africa/Kampala"),
    ("UY", "America/Montevideo"), ("UZ", "Asia/Tashkent"), ("VA", "Europe/Vatican"),
    ("VC", "America/St_Vincent"), ("VE", "America/Caracas"), ("VG", "America/Tortola"),
    ("VI", "America/St_Thomas"), ("VN", "Asia/Ho_Chi_Minh"), ("VU", "Pacific/Efate"),
    ("WF", "Pacific/Wallis"), ("WS", "Pacific/Apia"), ("YE", "Asia/Aden"), ("YT", "Indian/Mayotte"),
    ("ZA", "Africa/Johannesburg"), ("ZM", "Africa/Lusaka"), ("ZW", "Africa/Harare"),
];

/// Regions that are in one zone as a whole, of countries that are in several. For regions that a zone's border runs
/// through, such as Texas, there is no word.
#[rustfmt::skip]
static REGIONS: [(&str, &str); 68] = [
    ("AU-ACT", "Australia/Sydney"), ("AU-NT", "Australia/Darwin"), ("AU-QLD", "Australia/Brisbane"),
    ("AU-SA", "Australia/Adelaide"), ("AU-TAS", "Australia/Hobart"), ("AU-VIC", "Australia/Melbourne"),
    ("BR-BA", "America/Bahia"), ("BR-CE", "America/Fortaleza"), ("BR-DF", "America/Sao_Paulo"),
    ("BR-ES", "America/Sao_Paulo"), ("BR-GO", "America/Sao_Paulo"), ("BR-MG", "America/Sao_Paulo"),
    ("BR-PE", "America/Recife"), ("BR-PR", "America/Sao_Paulo"), ("BR-RJ", "America/Sao_Paulo"),
    ("BR-RS", "America/Sao_Paulo"), ("BR-SC", "America/Sao_Paulo"), ("BR-SP", "America/Sao_Paulo"),
    ("CA-AB", "America/Edmonton"), ("CA-MB", "America/Winnipeg"), ("CA-NB", "America/Moncton"),
    ("CA-NS", "America/Halifax"), ("CA-PE", "America/Halifax"), ("CA-SK", "America/Regina"),
    ("CA-YT", "America/Whitehorse"), ("EC-W", "Pacific/Galapagos"), ("ES-CN", "Atlantic/Canary"),
    ("NZ-CIT", "Pacific/Chatham"), ("PT-20", "Atlantic/Azores"), ("PT-30", "Atlantic/Madeira"),
    ("US-AL", "America/Chicago"), ("US-AR", "America/Chicago"), ("US-AZ", "America/Phoenix"),
    ("US-CA", "America/Los_Angeles"), ("US-CO", "America/Denver"), ("US-CT", "America/New_York"),
    ("US-DC", "America/New_York"), ("US-DE", "America/New_York"), ("US-GA", "America/New_York"),
    ("US-HI", "Pacific/Honolulu"), ("US-IA", "America/Chicago"), ("US-IL", "America/Chicago"),
    ("US-LA", "America/Chicago"), ("US-MA", "America/New_York"), ("US-MD", "America/New_York"),
    ("US-ME", "America/New_York"), ("US-MN", "America/Chicago"), ("US-MO", "America/Chicago"),
    ("US-MS", "America/Chicago"), ("US-MT", "America/Denver"), ("US-NC", "America/New_York"),
    ("US-NH", "America/New_York"), ("US-NJ", "America/New_York"), ("US-NM", "America/Denver"),
    ("US-NV", "America/Los_Angeles"), ("US-NY", "America/New_York"), ("US-OH", "America/New_York"),
    ("US-OK", "America/Chicago"), ("US-PA", "America/New_York"), ("US-RI", "America/New_York"),
    ("US-SC", "America/New_York"), ("US-UT", "America/Denver"), ("US-VA", "America/New_York"),
    ("US-VT", "America/New_York"), ("US-WA", "America/Los_Angeles"), ("US-WI", "America/Chicago"),
    ("US-WV", "America/New_York"), ("US-WY", "America/Denver"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(REGIONS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_place_has_one_zone_or_none() {
        for (country, region, expected) in [
            ("FR", Some("ARA"), Some("Europe/Paris")),
            ("DE", None, Some("Europe/Berlin")),
            ("ES", Some("CN"), Some("Atlantic/Canary")),
            ("ES", Some("MD"), Some("Europe/Madrid")),
            ("US", Some("CA"), Some("America/Los_Angeles")),
            ("US", Some("TX"), None),
            ("US", None, None),
            ("ZZ", Some("a much longer region"), None),
            ("", None, None),
        ] {
            assert_eq!(of(country, region), expected, "{country} {region:?}");
        }
    }
}
