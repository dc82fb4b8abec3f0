//! Proxies, deadlines, limits and credentials of the network wire, against sockets on loopback.

use super::*;
use crate::{BODY_LIMIT, within};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Listens on loopback, keeps what is said first, and says this; nothing is never an answer.
async fn server(answer: Option<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, heard) = (listener.local_addr().unwrap().to_string(), Arc::new(Mutex::new(Vec::new())));
    let all = heard.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let n = stream.read(&mut bytes).await.unwrap_or(0);
            all.lock().unwrap().push(String::from_utf8_lossy(&bytes[..n]).into_owned());
            match answer {
                Some(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                None => std::future::pending().await,
            }
        }
    });
    (at, heard)
}

fn get(uri: &str) -> Request<Bytes> {
    Request::get(uri).body(Bytes::new()).unwrap()
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_goes_by_tls_goes_through_the_proxy_but_to_what_is_excepted() {
    let (proxy, asked) = server(Some("HTTP/1.1 403 Forbidden\r\n\r\n")).await;
    let (other, straight) = server(Some("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).await;
    let route = Route::through(&format!("http://me:hunter2@{proxy}"), "127.0.0.0/8,.internal").unwrap();
    let wire = network_trusting(b"", &route).unwrap();

    let refused = within(&wire, get("https://api.vendor.invalid/v2"), LONG).await.unwrap_err();
    assert!(
        refused.unsent() && refused.line().contains(&format!("the proxy {proxy} does not let us through")),
        "{}",
        refused.line()
    );
    assert!(!refused.line().contains("hunter2") && !format!("{refused:?} {route:?}").contains("hunter2"));
    let said = asked.lock().unwrap().remove(0);
    assert!(said.starts_with("CONNECT api.vendor.invalid:443 HTTP/1.1\r\n"), "{said}");
    assert!(said.to_lowercase().contains("proxy-authorization: basic bwu6ahvudgvymg=="), "{said}");

    // Excepted, and no TLS: both straight.
    assert!(within(&wire, get(&format!("https://{other}/")), LONG).await.unwrap_err().unsent());
    within(&wire, get(&format!("http://{other}/")), LONG).await.unwrap();
    assert_eq!(straight.lock().unwrap().len(), 2);
    assert_eq!(asked.lock().unwrap().len(), 0);
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_and_not_shown() {
    for (proxy, why) in [
        ("", RouteError::Address),
        ("http://user:hunter2@", RouteError::Address),
        ("socks5://user:hunter2@127.0.0.1:1080", RouteError::Scheme("socks5".into())),
        ("https://127.0.0.1:443", RouteError::Scheme("https".into())),
    ] {
        let refused = Route::through(proxy, "").unwrap_err();
        assert!(!refused.to_string().contains("hunter2"));
        assert_eq!(refused, why, "{proxy}");
    }
    assert!(Route::through("proxy.example.com:3128", "").is_ok());
}

#[tokio::test]
async fn whoever_never_answers_is_given_up() {
    let (silent, _) = server(None).await;
    let wire = network(&Route::direct()).unwrap();
    let late = within(&wire, get(&format!("http://{silent}/")), Duration::from_millis(1)).await.unwrap_err();
    assert!(matches!(late, WireError::Late(_)) && !late.unsent(), "{late:?}");
}

#[tokio::test]
async fn a_reply_that_never_ends_is_given_up() {
    let wire: Wire = BoxCloneSyncService::new(service_fn(|_: Request<Bytes>| async {
        Ok(http::Response::new(crate::full(vec![b'a'; BODY_LIMIT + 1])))
    }));
    let large = within(&wire, get("http://vendor.invalid/"), LONG).await.unwrap_err();
    assert!(matches!(large, WireError::TooLarge), "{large:?}");
}
