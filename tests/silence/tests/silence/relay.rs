//! A relay before the server that leaks what the server does not: the watcher must see it.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use silence_tests::{Message, read};

/// What the relay does to answers that tell something.
#[derive(Clone, Copy)]
pub(crate) enum Leak {
    /// Nothing: what the watcher sees through it is the server's doing and the relay's.
    None,
    /// They are one byte longer.
    Byte,
    /// They come later.
    Delay(Duration),
}

/// Whether an answer, given the request, is one of those that must not be told from the others.
pub(crate) type Secret = fn(request: &Message, answer: &Message) -> bool;

/// Starts a relay to this server; its address. It ends with the test program.
pub(crate) fn start(server: String, secret: Secret, leak: Leak) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming() {
            let server = TcpStream::connect(&server);
            let (Ok(client), Ok(server)) = (client, server) else {
                return;
            };
            thread::spawn(move || pass_on(client, server, secret, leak));
        }
    });
    address
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, secret: Secret, leak: Leak) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    while let Ok(Some(request)) = read(&mut client) {
        server.write_all(&bytes(&request)).unwrap();
        let mut answer = read(&mut server).unwrap().expect("an answer");
        match leak {
            Leak::Byte if secret(&request, &answer) => lengthen(&mut answer),
            Leak::Delay(delay) if secret(&request, &answer) => wait(delay),
            _ => {}
        }
        client.write_all(&bytes(&answer)).unwrap();
    }
}

fn bytes(message: &Message) -> Vec<u8> {
    [message.head.as_bytes(), &message.rest].concat()
}

/// A blank more behind the JSON.
fn lengthen(answer: &mut Message) {
    if let Some(length) = answer.header("content-length") {
        let longer = length.parse::<usize>().unwrap() + 1;
        answer.head = answer.head.replace(
            &format!("Content-Length: {length}"),
            &format!("Content-Length: {longer}"),
        );
        answer.rest.push(b' ');
    } else {
        let end = answer.rest.len() - b"0\r\n\r\n".len();
        answer.rest.splice(end..end, *b"1\r\n \r\n");
    }
}

/// To the microsecond, which sleeping is not.
fn wait(delay: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < delay {
        std::hint::spin_loop();
    }
}
