//! Tests Terraform with its state and lock in S3, with every delivery, and the second recipe from its variables to an
//! applied plan. No provider is needed to see who may write the state.

use std::time::Duration;

use crate::clients::{Way, world_with_apps};
use crate::need::need;
use crate::run::Run;
use crate::world::World;

/// A project with one resource and its state in the bucket `tfstate`.
const PROJECT: &str = r#"
terraform {
  backend "s3" {
    bucket                      = "tfstate"
    key                         = "project/terraform.tfstate"
    region                      = "us-east-1"
    endpoints                   = { s3 = "{URL}" }
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_s3_checksum            = true
  }
}

variable "word" {
  type = string
}

resource "terraform_data" "door" {
  input = var.word
}

output "door" {
  value = terraform_data.door.output
}
"#;

const INIT: &str = "terraform init -input=false -no-color >/dev/null";
const APPLY: &str = "terraform apply -input=false -no-color -auto-approve -var word=$0 >/dev/null\n\
                     terraform output -raw door";

const APPLY_ONCE: &str = "terraform apply -input=false -no-color -auto-approve -var word=again";

pub(crate) fn project(world: &World) {
    world.write("project/main.tf", &PROJECT.replace("{URL}", &world.url()));
}

/// Runs in the folder of the project, with the sandbox as the only server.
pub(crate) fn inside<'w>(world: &World, run: Run<'w>) -> Run<'w> {
    run.cwd(world.path("project")).env("CHECKPOINT_DISABLE", "1").env("AWS_EC2_METADATA_DISABLED", "true")
}

#[test]
fn terraform_keeps_its_state_by_every_way() {
    if !need("terraform") {
        return;
    }
    let world = world_with_apps(&["alice", "deploy"]);
    project(&world);
    world.log_in("alice");
    for profile in ["alice", "deploy"] {
        for way in Way::ALL {
            let input = format!("{profile}-{way:?}");
            let script = format!("{INIT}\n{APPLY}").replace("$0", &input);
            // The way is in what is written, so that each has really written it.
            inside(&world, way.script(&world, profile, &script)).run().ok().says("").prints(&input);
        }
    }
    let log = world.sandbox().log();
    let locks = log.iter().filter(|entry| entry.action == "PutObject" && entry.status == 200).count();
    assert!(locks >= 2 * 6, "a lock and a state each time, but {locks} files were written");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
}

#[test]
fn terraform_passes_on_what_to_type_when_a_login_is_needed() {
    if !need("terraform") {
        return;
    }
    let world = world_with_apps(&["alice"]);
    project(&world);
    let ran = inside(&world, Way::Process.script(&world, "alice", INIT)).limit(Duration::from_secs(20)).run();
    let expected = "error: profile `alice` has no session\nhint: awsesame login -p alice\n";
    assert!(ran.code == Some(1) && ran.stderr.contains(expected), "{ran}");
}

/// Tests the second recipe: with a master key in variables and one code, Terraform continues where it was refused.
/// Another shell of the project needs no code of its own.
#[test]
fn the_second_recipe_works_from_its_variables_to_an_applied_plan() {
    if !need("terraform") {
        return;
    }
    let world = World::new();
    project(&world);
    let (id, secret) = world.sandbox().access_key("alice");
    let variables = |run| {
        inside(&world, run)
            .env("MASTER_AWS_ACCESS_KEY_ID", &id)
            .env("MASTER_AWS_SECRET_ACCESS_KEY", &secret)
            .env("AWS_MFA_ARN", "arn:aws:iam::123456789012:mfa/alice")
            .env("AWS_ENDPOINT_URL", world.url())
    };
    let shell = |script: &str| variables(world.program("bash").args(&["-euc", script]));

    let bare = shell(&format!(
        "export AWS_ACCESS_KEY_ID=$MASTER_AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$MASTER_AWS_SECRET_ACCESS_KEY\n{INIT}"
    ))
    .run();
    assert!(bare.code == Some(1) && bare.stderr.contains("Forbidden"), "{bare}");
    shell("awsesame env").run().fails(3, &format!("key `{id}` has no session"), "awsesame login");

    variables(world.awsesame(&["login", &world.code("alice")])).run().ok();
    let work = format!("eval \"$(awsesame env)\"\n{INIT}\n{APPLY}").replace("$0", "opened");
    shell(&work).run().ok().says("").prints("opened");
    shell(&work.replace("opened", "elsewhere")).run().ok().says("").prints("elsewhere");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

/// The problem that the second recipe solves: a session that ends while the shell stays.
#[test]
fn a_plan_refused_with_an_expired_token_goes_on_after_the_exports_are_read_again() {
    if !need("terraform") {
        return;
    }
    let world = World::new();
    project(&world);
    world.log_in("alice");
    world.sandbox().set_lifetime(Some(5));
    let script = format!(
        "eval \"$(awsesame env -p deploy)\"\n{INIT}\n\
         sleep $((AWSESAME_EXPIRES_AT - $(date +%s) + 1))\n\
         ! {APPLY_ONCE} 2>refused\n\
         grep -o ExpiredToken refused | head -n 1\n\
         eval \"$(awsesame env -p deploy)\"\n{APPLY_ONCE}"
    );
    let ran = inside(&world, world.program("bash").args(&["-euc", &script])).run().ok();
    assert!(ran.stdout.starts_with("ExpiredToken\n"), "{ran}");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}
