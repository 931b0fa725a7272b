"""boto3 against the sandbox: argv is the endpoint, alice's serial number and two of her codes."""

import io
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, SERIAL, CODE = sys.argv[1:4]
ALICE = ("AKIAIOSALICE7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/aliceKeyEXAMPLEKEY")


def client(service, keys, **more):
    config = Config(retries={"max_attempts": 0}, **more)
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    return boto3.client(service, endpoint_url=ENDPOINT, config=config, **dict(zip(names, keys)))


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response["Error"]["Code"]
        assert got == code, f"{got} instead of {code}: {error}"
        return error.response
    raise AssertionError(f"{code} was expected")


# Bare keys: an identity, and nothing else.
sts = client("sts", ALICE)
assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/alice"
refused("AccessDenied", client("s3", ALICE).list_buckets)
refused("AccessDenied", sts.get_session_token, SerialNumber=SERIAL, TokenCode="000000")
refused("ValidationError", sts.get_session_token, SerialNumber=SERIAL, TokenCode="abcdef")

# A code: a session.
given = sts.get_session_token(SerialNumber=SERIAL, TokenCode=CODE, DurationSeconds=900)["Credentials"]
session = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
refused("AccessDenied", sts.get_session_token, SerialNumber=SERIAL, TokenCode=CODE)

# A role from the session.
role = client("sts", session).assume_role(
    RoleArn="arn:aws:iam::123456789012:role/deploy",
    RoleSessionName="boto",
    Tags=[{"Key": "project", "Value": "sesame"}],
)
assert role["AssumedRoleUser"]["Arn"].endswith("assumed-role/deploy/boto")
role = tuple(role["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))

# IAM.
iam = client("iam", session)
assert [user["UserName"] for user in iam.list_users()["Users"]] == ["alice", "bob", "carol", "dave"]
assert iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"] == SERIAL
document = iam.get_group_policy(GroupName="AdminMFA", PolicyName="AllowEverythingWithMFA")["PolicyDocument"]
assert document["Statement"][0]["Effect"] == "Allow", document
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="spare")["VirtualMFADevice"]
assert len(device["Base32StringSeed"]) == 64, device
iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
refused("NoSuchEntity", iam.get_user, UserName="nobody")

# S3, with every form of payload that boto3 knows.
for keys, more in ((session, {}), (role, {"s3": {"payload_signing_enabled": True}})):
    s3 = client("s3", keys, **more)
    s3.put_object(Bucket="demo-bucket", Key="a b/ü+&=?", Body=b"hello", Metadata={"note": "x"})
    got = s3.get_object(Bucket="demo-bucket", Key="a b/ü+&=?")
    assert (got["Body"].read(), got["Metadata"]) == (b"hello", {"note": "x"})
    assert s3.get_object(Bucket="demo-bucket", Key="a b/ü+&=?", Range="bytes=1-2")["Body"].read() == b"el"
    s3.copy_object(Bucket="tfstate", Key="copy", CopySource={"Bucket": "demo-bucket", "Key": "a b/ü+&=?"})
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket="tfstate", Key="sum", Body=io.BytesIO(b"sum"), ChecksumAlgorithm=algorithm)
        assert s3.get_object(Bucket="tfstate", Key="sum", ChecksumMode="ENABLED")["Body"].read() == b"sum"

s3 = client("s3", session)
s3.create_bucket(Bucket="boto-bucket")
refused("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket="boto-bucket")
s3.put_object(Bucket="boto-bucket", Key="lock", Body=b"one", IfNoneMatch="*")
refused("PreconditionFailed", s3.put_object, Bucket="boto-bucket", Key="lock", Body=b"two", IfNoneMatch="*")

# 18 MiB goes up and comes down in parts.
big = bytes(range(256)) * (72 * 1024)
s3.upload_fileobj(io.BytesIO(big), "boto-bucket", "big")
assert "-" in s3.head_object(Bucket="boto-bucket", Key="big")["ETag"]
down = io.BytesIO()
s3.download_fileobj("boto-bucket", "big", down)
assert down.getvalue() == big
s3.copy({"Bucket": "boto-bucket", "Key": "big"}, "boto-bucket", "big2")
assert s3.head_object(Bucket="boto-bucket", Key="big2")["ContentLength"] == len(big)

for number in range(7):
    s3.put_object(Bucket="boto-bucket", Key=f"many/{number}", Body=b"")
pages = s3.get_paginator("list_objects_v2").paginate(
    Bucket="boto-bucket", Delimiter="/", PaginationConfig={"PageSize": 2}
)
seen = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
seen += [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
assert seen == ["big", "big2", "lock", "many/"], seen
keys = [{"Key": entry["Key"]} for entry in s3.list_objects(Bucket="boto-bucket")["Contents"]]
assert len(s3.delete_objects(Bucket="boto-bucket", Delete={"Objects": keys})["Deleted"]) == 10
s3.delete_bucket(Bucket="boto-bucket")
refused("404", s3.head_bucket, Bucket="boto-bucket")
refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="tfstate")

# Presigned.
s3 = client("s3", session, signature_version="s3v4")
url = s3.generate_presigned_url("get_object", Params={"Bucket": "demo-bucket", "Key": "hello.txt"})
assert urllib.request.urlopen(url, timeout=10).read() == b"Hello from behind MFA.\n"

print("ok")
