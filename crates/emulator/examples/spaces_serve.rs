//! Serves the embedded object storage on loopback, for a look with any S3 client.
//!
//! `cargo run -p pontoon-emulator --example spaces_serve [PORT] [WORLD.toml]` prints what to put in the environment, and
//! serves until it is ended.
#![allow(clippy::print_stdout)]

use pontoon_emulator::spaces::{DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY};
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use std::error::Error;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let world = match arguments.next() {
        Some(path) => World::parse(&std::fs::read_to_string(path)?)?,
        None => World::parse("latency = { min = \"0ms\", max = \"0ms\" }")?,
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let cloud = Cloud::open(world, None, Clock::REAL)?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("SPACES_ENDPOINT_URL=http://{}", listener.local_addr()?);
        println!("SPACES_ACCESS_KEY_ID={DEFAULT_ACCESS_KEY}");
        println!("SPACES_SECRET_ACCESS_KEY={DEFAULT_SECRET_KEY}");
        Ok(cloud.serve(Vendor::Spaces, listener).await?)
    })
}
