//! The cloud on a socket, with real time: plain HTTP, and a cut that closes the connection.

use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn start(world: &str) -> (Cloud, std::net::SocketAddr) {
    let cloud = Cloud::open(World::parse(world).unwrap(), None, Clock::INSTANT).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(cloud.clone().serve(Vendor::DigitalOcean, listener));
    (cloud, address)
}

async fn exchange(address: std::net::SocketAddr, method: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} /v2/vpcs HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {DEFAULT_TOKEN}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn requests_are_answered_and_links_lead_back_to_the_socket() {
    let (_, address) = start("").await;
    let body = r#"{"name":"a","region":"fra1"}"#;
    let answer = exchange(address, "POST", body).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("\r\ndate: Mon, 02 Nov 2026 09:0"), "{answer}");
    assert!(answer.contains("\r\nratelimit-remaining: 4999\r\n"), "{answer}");
    assert!(exchange(address, "GET", "").await.contains(r#""meta":{"total":1}"#));
}

#[tokio::test]
async fn a_lost_reply_closes_the_connection_and_the_effect_stays() {
    let (cloud, address) = start("[[faults]]\nmethod = 'POST'\nkind = 'lose_reply'\n").await;
    assert_eq!(exchange(address, "POST", r#"{"name":"a","region":"fra1"}"#).await, "");
    assert_eq!(cloud.objects()["vpcs"][0]["name"], "a");
}
