//! Tests with moto as a second server, which was written independently of the sandbox and understands what the program
//! sends. It proves nothing about MFA, because moto does not check codes.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::need::need;
use crate::world::World;

/// A moto on a port of its own; dropped, it stops.
struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    fn start(world: &World) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()];
        let mut command = world.program("moto_server").args(&arguments).command();
        let server =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Held from here on, so that a failure below stops it too.
        let moto = Self { server, url: format!("http://127.0.0.1:{port}") };
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(started.elapsed() < Duration::from_mins(1), "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Two users with a key and a device each, and a role.
const PEOPLE: &str = "\
import boto3
iam = boto3.client('iam', region_name='us-east-1', aws_access_key_id='root', aws_secret_access_key='root')
for name in ['erin', 'frank']:
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)['AccessKey']
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)['VirtualMFADevice']['SerialNumber']
    iam.enable_mfa_device(UserName=name, SerialNumber=device, AuthenticationCode1='123456',
                          AuthenticationCode2='654321')
    print(f'[{name}]')
    print('aws_access_key_id =', key['AccessKeyId'])
    print('aws_secret_access_key =', key['SecretAccessKey'])
iam.create_role(RoleName='deploy', AssumeRolePolicyDocument='{}')
";

/// An account with findings for an audit, and an organization of two accounts.
const COMPANY: &str = "\
import boto3, json
clients = dict(region_name='us-east-1', aws_access_key_id='root', aws_secret_access_key='root')
iam = boto3.client('iam', **clients)
def policy(**more):
    statement = {'Effect': 'Allow', 'Action': '*', 'Resource': '*', **more}
    return json.dumps({'Version': '2012-10-17', 'Statement': statement})
iam.create_group(GroupName='admins')
mfa = {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}
iam.put_group_policy(GroupName='admins', PolicyName='with-mfa', PolicyDocument=policy(Condition=mfa))
lists = iam.create_policy(PolicyName='lists', PolicyDocument=policy(Action='s3:List*'))['Policy']['Arn']
for name in ['erin', 'frank']:
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)['AccessKey']
    print(f'[{name}]')
    print('aws_access_key_id =', key['AccessKeyId'])
    print('aws_secret_access_key =', key['SecretAccessKey'])
iam.add_user_to_group(GroupName='admins', UserName='erin')
device = iam.create_virtual_mfa_device(VirtualMFADeviceName='erin')['VirtualMFADevice']['SerialNumber']
iam.enable_mfa_device(UserName='erin', SerialNumber=device, AuthenticationCode1='123456',
                      AuthenticationCode2='654321')
iam.create_login_profile(UserName='frank', Password='Correct-horse-1')
iam.attach_user_policy(UserName='frank', PolicyArn=lists)
organizations = boto3.client('organizations', **clients)
organizations.create_organization(FeatureSet='ALL')
organizations.create_account(AccountName='second', Email='second@example.com')
";

#[test]
fn moto_tells_what_an_audit_asks() {
    if !need("moto_server") || !need("python3") {
        return;
    }
    let world = World::new();
    let moto = Moto::start(&world);
    let people =
        world.program("python3").args(&["-c", COMPANY]).env("AWS_ENDPOINT_URL", &moto.url).run().ok().stdout;
    world.write_private(".aws/credentials", &people);
    let url = &moto.url;
    world.config(&format!(
        "[profile erin]\nregion = us-east-1\nendpoint_url = {url}\nmfa_serial = arn:aws:iam::123456789012:mfa/erin\n"
    ));
    world.awsesame(&["login", "-p", "erin", "123456"]).run().ok();
    let ran = world.awsesame(&["audit", "-p", "erin"]).run().exits(1);
    let open = "frank  key works without MFA  without MFA work s3:List";
    assert!(ran.stdout.contains(open) && ran.stdout.contains("; allowed by policy lists\n"), "{ran}");
    assert!(ran.stdout.contains("frank  password without MFA"), "{ran}");
    // The commands name her profile, and no finding is about her.
    assert!(ran.stdout.lines().all(|line| line.split_whitespace().nth(1) != Some("erin")), "{ran}");
    let ran = world.awsesame(&["audit", "-p", "erin", "--role", "Audit", "--organization", "--json"]).run();
    let report = crate::audit::report(&ran.stdout);
    let names: Vec<_> = ["accounts", "failed"]
        .iter()
        .flat_map(|list| report[list].as_array().unwrap())
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["master", "second"], "{ran}");
    assert!(world.sandbox().log().is_empty(), "the sandbox was asked");
}

const WHO: &str = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";

#[test]
fn moto_understands_logins_devices_and_roles() {
    if !need("moto_server") || !need("python3") {
        return;
    }
    let world = World::new();
    let moto = Moto::start(&world);
    let people =
        world.program("python3").args(&["-c", PEOPLE]).env("AWS_ENDPOINT_URL", &moto.url).run().ok().stdout;
    world.write_private(".aws/credentials", &people);
    let common = format!("region = us-east-1\nendpoint_url = {}\n", moto.url);
    world.config(&format!(
        "[profile erin]\n{common}mfa_serial = arn:aws:iam::123456789012:mfa/erin\n\n\
         [profile frank]\n{common}\n\
         [profile deploy]\n{common}source_profile = erin\nrole_arn = arn:aws:iam::123456789012:role/deploy\n"
    ));

    let login = |profile: &str| world.awsesame(&["login", "-p", profile, "123456"]).run().ok();
    login("erin").prints("").says(
        "awsesame: logged in as erin, account 123456789012 (profile `erin`), until {CLOCK} ({SPAN} left)\n",
    );
    // moto does not know the user of a key, so it cannot list that user's devices.
    login("frank").prints("").says(
        "awsesame: profile `frank` names no MFA device; AWS lists `arn:aws:iam::123456789012:mfa/frank`, which is used\n\
         awsesame: logged in as frank, account 123456789012 (profile `frank`), until {CLOCK} ({SPAN} left)\n",
    );
    let who = world.awsesame(&["exec", "-p", "deploy", "--", "python3", "-c", WHO]).run().ok().says("");
    assert!(who.stdout.starts_with("arn:aws:sts::123456789012:assumed-role/deploy/awsesame-"), "{who}");
    assert!(world.sandbox().log().is_empty(), "the sandbox was asked");
}
