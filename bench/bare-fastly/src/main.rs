//! The least that an application in front of a website can do: fetch, and pass on.

use std::time::Duration;

use fastly::Request;
use fastly::http::serve::Serve;

fn main() {
    // As Selvedge does, so that starting is paid for as often.
    let serve = Serve::new()
        .with_max_requests(1_000)
        .with_max_lifetime(Duration::from_secs(60))
        .with_max_memory(64)
        .with_timeout(Duration::from_secs(5));
    let served = serve.run(|request: Request| match request.send("origin") {
        Ok(response) => response.send_to_client(),
        Err(error) => println!("{error}"),
    });
    if let Err(never) = served.into_result() {
        match never {}
    }
}
