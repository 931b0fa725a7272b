//! Cases with faults in the files that a person writes: AWS's own, and `config.toml`.

use super::{Case, case, logged_in, odd, settings};

pub(super) const CASES: &[Case] = &[
    case("unknown_profile", "awsesame env alicee"),
    case("unknown_profile", "awsesame check -p nowhere"),
    case("source_missing", "awsesame login odd").after(|world| {
        odd(world, "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alicee");
    }),
    case("source_loop", "awsesame login odd").after(|world| {
        odd(world, "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = odd");
    }),
    case("half_key", "awsesame login odd").after(|world| odd(world, "aws_access_key_id = AKIAIOSALICE7EXAMPLE")),
    case("half_environment_key", "MASTER_AWS_ACCESS_KEY_ID=AKIAIOSALICE7EXAMPLE awsesame login odd")
        .after(|world| odd(world, "")),
    case("no_credentials", "awsesame login odd").after(|world| odd(world, "")),
    case("role_without_source", "awsesame env odd")
        .after(|world| odd(world, "role_arn = arn:aws:iam::123456789012:role/deploy")),
    case("source_without_role", "awsesame env odd").after(|world| odd(world, "source_profile = alice")),
    case("other_head", "awsesame login odd")
        .after(|world| world.append_config("\n[odd]\nregion = us-east-1\n")),
    case("two_sources", "awsesame login odd").after(|world| {
        odd(
            world,
            "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\ncredential_source = Environment",
        );
    }),
    case("source_environment_empty", "awsesame login odd").after(|world| {
        odd(world, "role_arn = arn:aws:iam::123456789012:role/deploy\ncredential_source = Environment");
    }),
    case("session_credentials", "awsesame login odd 123456").after(|world| {
        odd(world, "aws_access_key_id = ASIAIOSALICE7EXAMPLE\naws_secret_access_key = x\naws_session_token = y");
    }),
    case("unsupported", "awsesame login odd")
        .after(|world| odd(world, "credential_source = Ec2InstanceMetadata")),
    case("bad_setting", "awsesame login odd").after(|world| {
        odd(
            world,
            "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\nduration_seconds = soon",
        );
    }),
    case("chained_too_long", "awsesame login odd").after(|world| {
        odd(
            world,
            "role_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = deploy\nduration_seconds = 7200",
        );
    }),
    case("bad_policy", "awsesame env deploy").after(|world| {
        logged_in(world);
        settings(world, "[profile.deploy]\nrole.policy = \"{\"\n");
    }),
    case("no_profile_named", "awsesame login"),
    case("default_incomplete", "awsesame login")
        .after(|world| world.append_config("\n[default]\nregion = us-east-1\n")),
    case("profile_taken", "awsesame init alice --as bob"),
    case("config_broken", "awsesame init alice")
        .after(|world| world.append_config("\n# awsesame init: begin\n")),
    case("config_unreadable", "awsesame login alice").after(|world| {
        std::fs::remove_file(world.path(".aws/config")).unwrap();
        std::fs::create_dir(world.path(".aws/config")).unwrap();
    }),
    case("config_syntax", "awsesame login alice").after(|world| settings(world, "store = \n")),
    case("config_unknown_key", "awsesame login alice").after(|world| settings(world, "stroe = \"kernel\"\n")),
    case("config_unknown_key", "awsesame login alice").after(|world| settings(world, "xyzzy = \"kernel\"\n")),
    case("config_value", "awsesame login alice").after(|world| settings(world, "no_input = 3\n")),
    case("signin_no_section", "awsesame login odd").after(|world| {
        odd(world, "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin");
    }),
    case("signin_lacks", "awsesame login odd").after(|world| {
        odd(world, "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin");
        world.append_config("\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n");
    }),
    case("signin_differs", "awsesame login odd").after(|world| {
        odd(
            world,
            "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\nsso_region = eu-west-1",
        );
        world.append_config(
            "\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n",
        );
    }),
    case("signin_holds_other", "awsesame login --web alice"),
    case("signin_not_by_browser", "awsesame login --remote alice"),
    case("signin_unknown_session", "awsesame sso populate --session nowhere"),
    case("source_no_role", "awsesame login odd").after(|world| odd(world, "web_identity_token_file = /nowhere")),
    case("source_no_role_beside_token", "AWS_WEB_IDENTITY_TOKEN_FILE=/nowhere awsesame env"),
    case("source_no_terms", "awsesame env odd").after(|world| {
        odd(
            world,
            "role_arn = arn:aws:iam::123456789012:role/deploy\nweb_identity_token_file = /nowhere",
        );
        settings(world, "[profile.odd]\nrole.tags = { team = \"web\" }\n");
    }),
];
