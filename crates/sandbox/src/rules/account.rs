//! Requests about a whole account or an organization: the credential report, the authorization details, the list of
//! accounts.

use super::{Reply, Testbed};
use crate::wire::encoding::base64;
use crate::wire::xml::elements;
use crate::world::fixture::{Company, Fixture};

/// Two users with interesting rows in the report.
const STAFF: &str = r#"
management = "123456789012"

[[account]]
id = "123456789012"
name = "main <b>"

[[account]]
id = "210987654321"
suspended = true

[[policy]]
name = "Everything"
document = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'

[[policy]]
name = "OnlyIam"
document = '{"Statement":{"Effect":"Allow","Action":["iam:*","sts:*"],"Resource":"*"}}'

[[group]]
name = "Staff"
attached = ["Everything"]

[[user]]
name = "ann,b"
age_days = 100
groups = ["Staff"]
password = { age_days = 50, used_days_ago = 2 }
access_key = { id = "AKIAIOSANN1EXAMPLE00", secret = "wJalrXUtnFEMI/K7MDENG/annsKey+EXAMPLEKEY", age_days = 90 }
other_key = { id = "AKIAIOSANN2EXAMPLE00", secret = "wJalrXUtnFEMI/K7MDENG/annsOtherEXAMPLEKE", age_days = 10, inactive = true, used = { days_ago = 3, service = "s3", region = "eu-west-1" } }
devices = [{ serial = "arn:aws:iam::123456789012:mfa/ann", seed = "ANNANNANNANNANNANNANNANNANNANN22" }]

[[user]]
name = "zoe"
groups = ["Staff"]
boundary = "OnlyIam"
access_key = { id = "AKIAIOSZOEEXAMPLE000", secret = "wJalrXUtnFEMI/K7MDENG/zoesKey+EXAMPLEKEY" }
devices = [{ serial = "arn:aws:iam::123456789012:mfa/zoe", seed = "ZOEZOEZOEZOEZOEZOEZOEZOEZOEZOE22" }]
"#;

fn accounts(bed: &mut Testbed, user: &str, body: &str) -> Reply {
    let keys = bed.keys(user);
    let headers = [
        ("x-amz-target", "AWSOrganizationsV20161128.ListAccounts"),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    let call = bed.signed(&keys, "organizations", "POST", "/", &headers, body.as_bytes());
    bed.send(&call)
}

#[test]
fn credential_report_takes_its_time_and_is_the_same_for_four_hours() {
    let mut bed = Testbed::with(STAFF);
    bed.world.report_delay = Some(5);
    let ann = bed.keys("ann,b");
    bed.iam(&ann, "GetCredentialReport", &[]).is_refused(410, "ReportNotPresent", "");
    assert_eq!(bed.iam(&ann, "GenerateCredentialReport", &[]).is_ok().get("State"), "STARTED");
    bed.now += 4;
    assert_eq!(bed.iam(&ann, "GenerateCredentialReport", &[]).get("State"), "INPROGRESS");
    bed.iam(&ann, "GetCredentialReport", &[]).is_refused(404, "ReportInProgress", "");
    bed.now += 1;
    assert_eq!(bed.iam(&ann, "GenerateCredentialReport", &[]).get("State"), "COMPLETE");
    let first = bed.iam(&ann, "GetCredentialReport", &[]).is_ok().get("GeneratedTime");
    bed.now += 4 * 3600 - 1;
    assert_eq!(bed.iam(&ann, "GetCredentialReport", &[]).is_ok().get("GeneratedTime"), first);
    bed.now += 1;
    bed.iam(&ann, "GetCredentialReport", &[]).is_refused(410, "ReportExpired", "");
    assert_eq!(bed.iam(&ann, "GenerateCredentialReport", &[]).get("State"), "STARTED");
}

#[test]
fn credential_report_knows_passwords_devices_and_both_keys() {
    let mut bed = Testbed::with(STAFF);
    let zoe = bed.keys("zoe");
    bed.iam(&zoe, "GenerateCredentialReport", &[]).is_ok();
    let reply = bed.iam(&zoe, "GetCredentialReport", &[]);
    let text = bed.world.accounts["123456789012"].credential_report.as_ref().unwrap().text.clone();
    assert_eq!(reply.is_ok().get("Content"), base64(text.as_bytes()));
    let day = |days: i64| crate::clock::iso(super::START - days * 86_400).replace('Z', "+00:00");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("user,arn,user_creation_time,password_enabled,"), "{text}");
    assert!(lines[1].starts_with("<root_account>,arn:aws:iam::123456789012:root,"), "{text}");
    let ann = format!(
        "\"ann,b\",\"arn:aws:iam::123456789012:user/ann,b\",{},true,{},{},N/A,true,true,{},N/A,N/A,N/A,\
         false,{},{},eu-west-1,s3,false,N/A,false,N/A",
        day(100),
        day(2),
        day(50),
        day(90),
        day(10),
        day(3)
    );
    assert_eq!(lines[2], ann);
    // The report was asked for with zoe's key, which is a use of it.
    let zoe = format!(
        "zoe,arn:aws:iam::123456789012:user/zoe,{0},false,N/A,N/A,N/A,true,true,{0},{0},us-east-1,iam,\
         false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        day(0)
    );
    assert_eq!(lines[3], zoe);
}

#[test]
fn authorization_details_come_page_by_page_and_filtered() {
    let mut bed = Testbed::with(STAFF);
    let ann = bed.keys("ann,b");
    let action = "GetAccountAuthorizationDetails";
    let whole = bed.iam(&ann, action, &[]).is_ok().text();
    for expected in
        ["<UserName>zoe</UserName>", "<PermissionsBoundaryArn>arn:aws:iam::123456789012:policy/OnlyIam<"]
    {
        assert!(whole.contains(expected), "{whole}");
    }
    assert!(whole.contains("<GroupList><member>Staff</member></GroupList>"), "{whole}");
    assert!(whole.contains("<IsTruncated>false</IsTruncated>"), "{whole}");
    let mut names = Vec::new();
    let mut marker = String::new();
    for _ in 0..5 {
        let mut fields = vec![("MaxItems", "1")];
        if !marker.is_empty() {
            fields.push(("Marker", &marker));
        }
        let page = bed.iam(&ann, action, &fields).is_ok().text();
        names.extend(elements(&page, "Arn").into_iter().map(str::to_owned));
        marker = elements(&page, "Marker").first().map(|marker| (*marker).to_owned()).unwrap_or_default();
    }
    let end = ["user/ann,b", "user/zoe", "group/Staff", "policy/Everything", "policy/OnlyIam"];
    assert_eq!(names, end.map(|end| format!("arn:aws:iam::123456789012:{end}")));
    assert_eq!(marker, "", "the fifth was the last");
    let groups = bed.iam(&ann, action, &[("Filter.member.1", "Group")]).text();
    assert_eq!(elements(&groups, "Arn").len(), 1, "{groups}");
    bed.iam(&ann, action, &[("MaxItems", "1001")]).is_refused(400, "ValidationError", "maxItems");
}

#[test]
fn boundary_narrows_what_the_policies_of_a_user_allow() {
    let mut bed = Testbed::with(STAFF);
    let zoe = bed.keys("zoe");
    bed.iam(&zoe, "ListUsers", &[]).is_ok();
    bed.s3(&zoe, "GET", "/", &[], b"").is_refused(403, "AccessDenied", "s3:ListAllMyBuckets");
}

#[test]
fn accounts_of_the_organization_are_listed_to_its_management_alone() {
    let mut bed = Testbed::with(STAFF);
    let reply = accounts(&mut bed, "ann,b", "{\"MaxResults\": 1}");
    let page: serde_json::Value = serde_json::from_slice(&reply.is_ok().body).unwrap();
    assert_eq!((&page["Accounts"][0]["Name"], &page["NextToken"]), (&"main <b>".into(), &"1".into()));
    let reply = accounts(&mut bed, "ann,b", "{\"NextToken\": \"1\"}");
    let page: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(page["Accounts"][0]["Status"], "SUSPENDED");
    assert_eq!(page.get("NextToken"), None);
    let code = |reply: &Reply| {
        let said: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        (reply.status, said["__type"].as_str().unwrap().to_owned())
    };
    let refused = accounts(&mut bed, "ann,b", "{\"MaxResults\": 21}");
    assert_eq!(code(&refused), (400, "InvalidInputException".into()));
    // The boundary of zoe knows nothing of organizations.
    let refused = accounts(&mut bed, "zoe", "{}");
    assert_eq!(code(&refused), (400, "AccessDeniedException".into()));
    bed.world.management = None;
    let refused = accounts(&mut bed, "ann,b", "{}");
    assert_eq!(code(&refused), (400, "AWSOrganizationsNotInUseException".into()));
}

#[test]
fn company_is_a_fixture_of_the_size_that_was_asked_for() {
    let fixture = Fixture::parse(&Company { accounts: 3, users: 40 }.fixture()).unwrap();
    assert_eq!((fixture.account.len(), fixture.user.len()), (3, 121));
    assert_eq!(fixture.management.as_deref(), Some("100000000000"));
    let with_key = fixture.user.iter().filter(|user| user.access_key.is_some()).count();
    assert!((60..121).contains(&with_key), "{with_key}");
}
