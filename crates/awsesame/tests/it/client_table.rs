//! Runs every available client with every delivery: with a session, without a session on a machine that has a role and
//! a bare key in `[default]`, after the session has expired, and after a login while the client runs. The key ID that
//! reaches the sandbox proves the identity. docs/clients.md is generated from the results. The machine's role is at its
//! real address in a network namespace, because some clients have no variable for another address.

mod client;
mod page;

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use self::client::{CLIENTS, Client};
use crate::long::is_long;
use crate::machine::server_at;
use crate::need::{need, skip};
use crate::world::World;

/// The lifetime of the first session, in seconds. A program in Java has to start within it.
const BRIEF: u32 = 25;
/// The number of clients that run at once. More would start too slowly for their sessions.
const AT_ONCE: usize = 6;
/// The key of the machine's own role.
const MACHINE: &str = "ASIAMACHINE000000000";

/// A delivery, and the shell's line for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Env,
    Process,
    Broker,
    Init,
}

impl Delivery {
    const ALL: [Self; 4] = [Self::Env, Self::Process, Self::Broker, Self::Init];

    fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Process => "process",
            Self::Broker => "broker",
            Self::Init => "init",
        }
    }

    fn line(self) -> String {
        match self {
            Self::Init => {
                "export AWS_PROFILE=alice-mfa AWS_SDK_LOAD_CONFIG=1 AWS_EC2_METADATA_DISABLED=true".to_owned()
            }
            via => format!("eval \"$(awsesame direnv export alice --via {})\"", via.name()),
        }
    }
}

/// The time at which a client makes its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Session,
    None,
    Expired,
    Renewed,
}

impl When {
    /// Returns the clients that a run tries, in the order of the page.
    fn tried() -> &'static [Self] {
        const ALL: [When; 4] = [When::Session, When::None, When::Expired, When::Renewed];
        if is_long() { &ALL } else { &ALL[..2] }
    }
}

/// The outcome of a client's call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The client signed with the session.
    Works,
    /// The client did not get in, and this is its last message.
    Refused(String),
    /// The client signed with another key, which this names.
    Wrong(&'static str),
}

/// The cells of a client and a delivery, one for each state that was tried.
type Cells = Vec<(When, Outcome)>;

/// A row of the page: one client with all deliveries.
struct Row {
    client: Client,
    cells: Vec<(Delivery, Cells)>,
}

/// Runs one client with one delivery in a world of its own. Returns None if the client is missing.
fn cells(client: Client, delivery: Delivery) -> Option<Cells> {
    let world = World::new();
    let function = client.function(&world)?;
    let who = format!("{} by {}", client.name, delivery.name());
    let credentials = world.read(".aws/credentials");
    let bob = world.sandbox().access_key("bob");
    let default = format!("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n\n", bob.0, bob.1);
    world.write_private(".aws/credentials", &(default + &credentials));
    world.awsesame(&["init", "-p", "alice"]).run().ok();
    // `ask N` waits for one file that allows it to ask, and creates another when it has an answer.
    let script = format!(
        "trap '' PIPE; watch_file() {{ :; }}; log_status() {{ echo \"$*\" >&2; }}; log_error() {{ echo \"$*\" >&2; }}\n\
         {function}\
         wait_for() {{ until [ -e \"$1\" ]; do [ ! -e end ] || exit 0; sleep 0.02; done; }}\n\
         begin() {{ rm -f in out; mkfifo in out; client <in 2>>said >out & exec 3>in 4<out; }}\n\
         ask() {{ wait_for \"go$1\"; echo >&3; read -r line <&4; echo \"$line\" >\"answer$1-new\"; \
         mv \"answer$1-new\" \"answer$1\"; }}\n\
         {deliver}\nbegin; ask 0; exec 3>&- 4<&-; wait\n\
         wait_for login; {deliver}\nbegin; for n in 1 2 3; do ask $n; done; exec 3>&-; wait\n",
        deliver = delivery.line()
    );
    let java = format!("-Duser.home={}", world.home().display());
    let run = world
        .program("bash")
        .args(&["--noprofile", "--norc", "-uc", &script])
        .env("AWS_ENDPOINT_URL", world.url())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("JAVA_TOOL_OPTIONS", java)
        .env("AWS_MAX_ATTEMPTS", "1")
        .spreads_credentials()
        .limit(Duration::from_mins(5))
        .spawn();
    let mut cells = vec![(When::None, ask(&world, &who, 0))];
    world.sandbox().set_lifetime(is_long().then_some(BRIEF));
    world.log_in("alice");
    let end = Instant::now() + Duration::from_secs(u64::from(BRIEF) + 1);
    world.write("login", "");
    cells.push((When::Session, ask(&world, &who, 1)));
    if is_long() {
        std::thread::sleep(end.saturating_duration_since(Instant::now()));
        cells.push((When::Expired, ask(&world, &who, 2)));
        world.sandbox().set_lifetime(Some(600));
        crate::broker::log_in_again(&world);
        cells.push((When::Renewed, ask(&world, &who, 3)));
    }
    world.write("end", "");
    run.wait();
    Some(cells)
}

/// Lets the client send a request, and checks the credentials that signed it.
fn ask(world: &World, who: &str, number: u32) -> Outcome {
    let (before, said) = (world.sandbox().log().len(), said(world).len());
    world.write(&format!("go{number}"), "");
    let answer = world.path(format!("answer{number}"));
    let until = Instant::now() + Duration::from_mins(2);
    while !answer.exists() {
        assert!(Instant::now() < until, "{who}: question {number} has no answer; {}", self::said(world));
        std::thread::sleep(Duration::from_millis(20));
    }
    let let_in = !["", "refused"].contains(&std::fs::read_to_string(answer).unwrap().trim());
    let keys: Vec<String> =
        world.sandbox().log()[before..].iter().filter_map(|call| call.access_key.clone()).collect();
    for (key, whose) in [
        (world.sandbox().access_key("alice").0, "the bare key of the profile"),
        (world.sandbox().access_key("bob").0, "the bare key of `[default]`"),
        (MACHINE.to_owned(), "the machine's own role"),
    ] {
        if keys.contains(&key) {
            return Outcome::Wrong(whose);
        }
    }
    assert!(!let_in || !keys.is_empty(), "{who}: let in without a call");
    if let_in { Outcome::Works } else { Outcome::Refused(self::said(world)[said..].to_owned()) }
}

fn said(world: &World) -> String {
    std::fs::read(world.path("said"))
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .unwrap_or_default()
}

/// Starts the metadata of a machine that has a role, at the address that AWS gives it.
fn become_a_machine_with_a_role() {
    let credentials = serde_json::json!({
        "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
        "AccessKeyId": MACHINE, "SecretAccessKey": "nobody-knows", "Token": "t",
        "Expiration": "2099-01-01T00:00:00Z",
    })
    .to_string();
    server_at("169.254.169.254:80", move |line, _| {
        let path = line.split(' ').nth(1)?;
        match path.trim_end_matches('/') {
            "/latest/api/token" => Some("token".to_owned()),
            "/latest/meta-data/iam/security-credentials" => Some("machine".to_owned()),
            "/latest/meta-data/iam/security-credentials/machine" => Some(credentials.clone()),
            "/latest/meta-data/placement/region" => Some("us-east-1".to_owned()),
            "/latest/meta-data/placement/availability-zone" => Some("us-east-1a".to_owned()),
            _ => None,
        }
    });
}

/// A client without any settings, which calls `GetCallerIdentity`.
const UNTOLD: &str = "import boto3; boto3.client('sts', region_name='us-east-1').get_caller_identity()";

/// Tests that the metadata service answers. Otherwise the tests would find that no client asks it, because nobody
/// answers.
fn the_machine_is_there() {
    let world = World::new();
    world.write_private(".aws/credentials", "");
    world.config("");
    world.program("python3").args(&["-c", UNTOLD]).env("AWS_ENDPOINT_URL", world.url()).run();
    let keys: Vec<_> = world.sandbox().log().iter().filter_map(|call| call.access_key.clone()).collect();
    assert!(keys.contains(&MACHINE.to_owned()), "no client finds the machine's role: {keys:?}");
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "with a session",
            Self::None => "without a session",
            Self::Expired => "after its end",
            Self::Renewed => "after a login while it runs",
        })
    }
}

#[test]
fn the_page_of_clients_says_what_they_do() {
    if !need("ip") || !need("unshare") || !need("python3") {
        return;
    }
    let unshare = |namespaces: &str| {
        let mut command = std::process::Command::new("unshare");
        command.arg(namespaces);
        command
    };
    let can = |namespaces: &&&str| {
        let tried = unshare(namespaces).args(["sh", "-c", MACHINE_OF_ITS_OWN, "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let Some(namespaces) = ["-n", "-rn"].iter().find(can) else {
        return skip("mount", "network namespaces are forbidden");
    };
    let mut run = unshare(namespaces);
    run.args(["sh", "-c", MACHINE_OF_ITS_OWN]).arg(std::env::current_exe().unwrap());
    run.args(["--exact", "client_table::clients_on_a_machine_with_a_role", "--ignored", "--nocapture"]);
    assert!(run.status().unwrap().success(), "see above");
}

/// A network in which the address of AWS's metadata is this machine's.
const MACHINE_OF_ITS_OWN: &str =
    "ip link set lo up && ip address add 169.254.169.254/32 dev lo && exec \"$0\" \"$@\"";

/// Is not a test by itself: the test above runs it in a network of its own.
#[test]
#[ignore = "another test runs it in a network of its own"]
fn clients_on_a_machine_with_a_role() {
    become_a_machine_with_a_role();
    the_machine_is_there();
    // This runs one client only, for a person who works on it.
    let only = std::env::var("AWSESAME_CLIENT").ok();
    let meant = |client: &Client| only.as_ref().map_or(client.quick || is_long(), |only| client.name == only);
    let clients: Vec<Client> = CLIENTS.into_iter().filter(meant).collect();
    let jobs: Vec<(Client, Delivery)> =
        clients.iter().flat_map(|client| Delivery::ALL.map(|delivery| (*client, delivery))).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((client, delivery)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cells = cells(*client, *delivery);
                    done.lock().unwrap().extend(cells.map(|cells| (client.name, *delivery, cells)));
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    let row = |client: Client| {
        let of = |delivery| {
            let found = done.iter().find(|(name, by, _)| (*name, *by) == (client.name, delivery));
            found.map(|(_, by, cells)| (*by, cells.clone()))
        };
        let cells: Option<Vec<_>> = Delivery::ALL.into_iter().map(of).collect();
        Some(Row { client, cells: cells? })
    };
    let rows: Vec<Row> = clients.into_iter().filter_map(row).collect();
    page::hold(&rows);
}
