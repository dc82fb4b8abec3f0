#!/usr/bin/env python3
"""boto3 against object storage: create, list, update and delete of everything that Spaces has.

Takes SPACES_ENDPOINT_URL, SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY (a key with full access) from the
environment, makes buckets under a prefix of its own, and leaves nothing behind. Every check runs twice: with boto3's
default checksums and with `when_required`. Exit code 0 when all of it holds; otherwise 1, with each failure named.

    python boto3_spaces.py [NAME ...]      only the checks whose names contain one of these
"""

import hashlib
import io
import json
import os
import sys
import traceback
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1 << 20
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class World:
    """A client with its settings, and names that nobody else has."""

    def __init__(self, checksums):
        self.endpoint = os.environ["SPACES_ENDPOINT_URL"]
        self.key = os.environ["SPACES_ACCESS_KEY_ID"]
        self.secret = os.environ["SPACES_SECRET_ACCESS_KEY"]
        self.checksums = checksums
        self.s3 = self.client(self.key, self.secret)
        self.buckets = []

    def client(self, key, secret, **more):
        extra = {"request_checksum_calculation": self.checksums, "response_checksum_validation": self.checksums}
        settings = {
            "signature_version": "s3v4",
            "retries": {"max_attempts": 1},
            "s3": {"addressing_style": "path"},
            **(extra if self.checksums else {}),
            **more,
        }
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(**settings),
        )

    def bucket(self, versioned=False):
        name = f"pontoon-witness-{uuid.uuid4().hex[:20]}"
        self.s3.create_bucket(Bucket=name)
        self.buckets.append(name)
        if versioned:
            self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def sweep(self):
        for name in self.buckets:
            for call in (self.s3.delete_bucket_policy,):
                quietly(call, Bucket=name)
            for page in self.s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
                for upload in page.get("Uploads", []):
                    self.s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
            for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=name):
                held = page.get("Versions", []) + page.get("DeleteMarkers", [])
                objects = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in held]
                if objects:
                    self.s3.delete_objects(Bucket=name, Delete={"Objects": objects})
            self.s3.delete_bucket(Bucket=name)
        self.buckets = []


def quietly(call, **arguments):
    try:
        call(**arguments)
    except ClientError:
        pass


def refused(code, call, **arguments):
    """The call must end in this code; for HEAD, which has no body, a status."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, f"{error.response['Error']} instead of {code}"
        return error.response
    raise AssertionError(f"{call.__name__} was not refused with {code}")


def same(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def etag(data):
    return f'"{hashlib.md5(data).hexdigest()}"'


def keys(page, field="Contents"):
    return [item["Key"] for item in page.get(field, [])]


@check
def buckets(w):
    name = w.bucket()
    assert name in [b["Name"] for b in w.s3.list_buckets()["Buckets"]]
    same(w.s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"], 200)
    place = w.s3.get_bucket_location(Bucket=name)["LocationConstraint"]
    assert place, "a bucket is somewhere"
    refused("BucketAlreadyOwnedByYou", w.s3.create_bucket, Bucket=name)
    other = f"pontoon-witness-{uuid.uuid4().hex[:20]}"
    w.s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": place})
    w.buckets.append(other)
    same(w.s3.get_bucket_location(Bucket=other)["LocationConstraint"], place)
    refused("InvalidLocationConstraint", w.s3.create_bucket, Bucket=other + "x", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    w.s3.put_object(Bucket=name, Key="a", Body=b"1")
    refused("BucketNotEmpty", w.s3.delete_bucket, Bucket=name)
    w.s3.delete_object(Bucket=name, Key="a")
    w.s3.delete_bucket(Bucket=name)
    w.buckets.remove(name)
    refused("404", w.s3.head_bucket, Bucket=name)
    refused("NoSuchBucket", w.s3.list_objects_v2, Bucket=name)
    refused("NoSuchBucket", w.s3.delete_bucket, Bucket=name)


@check
def versioning(w):
    name = w.bucket()
    assert "Status" not in w.s3.get_bucket_versioning(Bucket=name)
    w.s3.put_object(Bucket=name, Key="a", Body=b"0")
    w.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    same(w.s3.get_bucket_versioning(Bucket=name)["Status"], "Enabled")
    one = w.s3.put_object(Bucket=name, Key="a", Body=b"1")["VersionId"]
    two = w.s3.put_object(Bucket=name, Key="a", Body=b"2")["VersionId"]
    listed = w.s3.list_object_versions(Bucket=name)["Versions"]
    same([v["VersionId"] for v in listed], [two, one, "null"])
    same([v["IsLatest"] for v in listed], [True, False, False])
    same(w.s3.get_object(Bucket=name, Key="a", VersionId=one)["Body"].read(), b"1")
    same(w.s3.get_object(Bucket=name, Key="a", VersionId="null")["Body"].read(), b"0")
    deleted = w.s3.delete_object(Bucket=name, Key="a")
    assert deleted["DeleteMarker"]
    refused("NoSuchKey", w.s3.get_object, Bucket=name, Key="a")
    refused("404", w.s3.head_object, Bucket=name, Key="a")
    refused("MethodNotAllowed", w.s3.get_object, Bucket=name, Key="a", VersionId=deleted["VersionId"])
    same(len(w.s3.list_object_versions(Bucket=name)["DeleteMarkers"]), 1)
    same(keys(w.s3.list_objects_v2(Bucket=name)), [])
    refused("BucketNotEmpty", w.s3.delete_bucket, Bucket=name)
    w.s3.delete_object(Bucket=name, Key="a", VersionId=deleted["VersionId"])
    same(w.s3.get_object(Bucket=name, Key="a")["Body"].read(), b"2")
    w.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    same(w.s3.put_object(Bucket=name, Key="a", Body=b"3")["VersionId"], "null")
    same([v["VersionId"] for v in w.s3.list_object_versions(Bucket=name)["Versions"]], ["null", two, one])
    paginator = w.s3.get_paginator("list_object_versions")
    pages = list(paginator.paginate(Bucket=name, PaginationConfig={"PageSize": 1}))
    same([v["VersionId"] for page in pages for v in page.get("Versions", [])], ["null", two, one])


@check
def lifecycle(w):
    name = w.bucket()
    refused("NoSuchLifecycleConfiguration", w.s3.get_bucket_lifecycle_configuration, Bucket=name)
    rules = [
        {"ID": "tmp", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 7}},
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
        {
            "ID": "uploads",
            "Status": "Disabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]
    w.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    same(w.s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"], rules)
    w.s3.put_object(Bucket=name, Key="tmp/a", Body=b"1")
    assert 'rule-id="tmp"' in w.s3.head_object(Bucket=name, Key="tmp/a")["Expiration"]
    changed = [{**rules[0], "Expiration": {"Date": datetime(2040, 1, 1, tzinfo=timezone.utc)}}]
    w.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": changed})
    got = w.s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    same((len(got), got[0]["Expiration"]["Date"].year), (1, 2040))
    transition = [{**rules[0], "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]
    refused("NotImplemented", w.s3.put_bucket_lifecycle_configuration, Bucket=name, LifecycleConfiguration={"Rules": transition})
    w.s3.delete_bucket_lifecycle(Bucket=name)
    refused("NoSuchLifecycleConfiguration", w.s3.get_bucket_lifecycle_configuration, Bucket=name)


@check
def cors(w):
    name = w.bucket()
    refused("NoSuchCORSConfiguration", w.s3.get_bucket_cors, Bucket=name)
    rules = [
        {
            "AllowedHeaders": ["*"],
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["https://shop.example.com"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 600,
        }
    ]
    w.s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    same(w.s3.get_bucket_cors(Bucket=name)["CORSRules"], rules)
    request = urllib.request.Request(f"{w.endpoint}/{name}/a", method="OPTIONS")
    request.add_header("Origin", "https://shop.example.com")
    request.add_header("Access-Control-Request-Method", "PUT")
    with urllib.request.urlopen(request) as answer:
        same(answer.headers["Access-Control-Allow-Origin"], "https://shop.example.com")
    rules[0]["AllowedMethods"] = ["HEAD"]
    w.s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    same(w.s3.get_bucket_cors(Bucket=name)["CORSRules"], rules)
    w.s3.delete_bucket_cors(Bucket=name)
    refused("NoSuchCORSConfiguration", w.s3.get_bucket_cors, Bucket=name)


@check
def policy(w):
    name = w.bucket()
    refused("NoSuchBucketPolicy", w.s3.get_bucket_policy, Bucket=name)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/public/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    w.s3.put_object(Bucket=name, Key="public/a", Body=b"open")
    same(anonymous(f"{w.endpoint}/{name}/public/a"), (403, None))
    w.s3.put_bucket_policy(Bucket=name, Policy=document)
    same(json.loads(w.s3.get_bucket_policy(Bucket=name)["Policy"]), json.loads(document))
    same(anonymous(f"{w.endpoint}/{name}/public/a"), (200, b"open"))
    refused("MalformedPolicy", w.s3.put_bucket_policy, Bucket=name, Policy="{}")
    w.s3.delete_bucket_policy(Bucket=name)
    refused("NoSuchBucketPolicy", w.s3.get_bucket_policy, Bucket=name)
    same(anonymous(f"{w.endpoint}/{name}/public/a"), (403, None))


def anonymous(address):
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, None


@check
def acl(w):
    name = w.bucket()
    w.s3.put_object(Bucket=name, Key="a", Body=b"1", ACL="public-read")
    same(anonymous(f"{w.endpoint}/{name}/a"), (200, b"1"))
    grants = w.s3.get_object_acl(Bucket=name, Key="a")["Grants"]
    assert any(g["Grantee"].get("URI", "").endswith("AllUsers") and g["Permission"] == "READ" for g in grants)
    w.s3.put_object_acl(Bucket=name, Key="a", ACL="private")
    same(anonymous(f"{w.endpoint}/{name}/a")[0], 403)
    same(len(w.s3.get_object_acl(Bucket=name, Key="a")["Grants"]), 1)
    same(anonymous(f"{w.endpoint}/{name}")[0], 403)
    w.s3.put_bucket_acl(Bucket=name, ACL="public-read")
    same(anonymous(f"{w.endpoint}/{name}")[0], 200)
    held = w.s3.get_bucket_acl(Bucket=name)
    w.s3.put_bucket_acl(Bucket=name, AccessControlPolicy={"Grants": held["Grants"], "Owner": held["Owner"]})
    same(len(w.s3.get_bucket_acl(Bucket=name)["Grants"]), 2)
    refused("NotImplemented", w.s3.put_bucket_acl, Bucket=name, ACL="public-read-write")


@check
def not_there(w):
    name = w.bucket()
    refused("NotImplemented", w.s3.get_bucket_encryption, Bucket=name)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    refused("NotImplemented", w.s3.put_bucket_encryption, Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    refused("NotImplemented", w.s3.get_bucket_replication, Bucket=name)
    rule = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::other"}, "Prefix": ""}
    refused("NotImplemented", w.s3.put_bucket_replication, Bucket=name, ReplicationConfiguration={"Role": "r", "Rules": [rule]})


@check
def objects(w):
    name = w.bucket()
    data = b"hello, world\n"
    key = "folder/ünïcode & spaces + 100%.txt"
    put = w.s3.put_object(
        Bucket=name, Key=key, Body=data, ContentType="text/plain", CacheControl="max-age=60", Metadata={"colour": "blue"}
    )
    same(put["ETag"], etag(data))
    got = w.s3.get_object(Bucket=name, Key=key)
    same((got["Body"].read(), got["ContentType"], got["CacheControl"]), (data, "text/plain", "max-age=60"))
    same((got["Metadata"], got["ETag"], got["ContentLength"]), ({"colour": "blue"}, etag(data), len(data)))
    head = w.s3.head_object(Bucket=name, Key=key)
    same((head["ContentLength"], head["Metadata"], head["ContentType"]), (len(data), {"colour": "blue"}, "text/plain"))
    part = w.s3.get_object(Bucket=name, Key=key, Range="bytes=7-11")
    same((part["Body"].read(), part["ContentRange"], part["ResponseMetadata"]["HTTPStatusCode"]), (b"world", f"bytes 7-11/{len(data)}", 206))
    refused("InvalidRange", w.s3.get_object, Bucket=name, Key=key, Range="bytes=99-")
    w.s3.put_object(Bucket=name, Key=key, Body=io.BytesIO(b"changed"))
    same(w.s3.get_object(Bucket=name, Key=key)["Body"].read(), b"changed")
    same(w.s3.head_object(Bucket=name, Key=key)["ContentType"], "binary/octet-stream")
    same(w.s3.get_object(Bucket=name, Key=key, ResponseContentType="image/png")["ContentType"], "image/png")
    w.s3.put_object(Bucket=name, Key="empty", Body=b"")
    same(w.s3.get_object(Bucket=name, Key="empty")["Body"].read(), b"")
    for algorithm in ("CRC32", "SHA256"):
        w.s3.put_object(Bucket=name, Key="sum", Body=data, ChecksumAlgorithm=algorithm)
        same(w.s3.get_object(Bucket=name, Key="sum", ChecksumMode="ENABLED")["Body"].read(), data)
    w.s3.delete_object(Bucket=name, Key=key)
    refused("NoSuchKey", w.s3.get_object, Bucket=name, Key=key)
    refused("404", w.s3.head_object, Bucket=name, Key=key)


@check
def conditions(w):
    name = w.bucket()
    first = w.s3.put_object(Bucket=name, Key="lock", Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", w.s3.put_object, Bucket=name, Key="lock", Body=b"2", IfNoneMatch="*")
    second = w.s3.put_object(Bucket=name, Key="lock", Body=b"2", IfMatch=first)["ETag"]
    refused("PreconditionFailed", w.s3.put_object, Bucket=name, Key="lock", Body=b"3", IfMatch=first)
    refused("NoSuchKey", w.s3.put_object, Bucket=name, Key="none", Body=b"3", IfMatch=first)
    same(w.s3.get_object(Bucket=name, Key="lock", IfMatch=second)["Body"].read(), b"2")
    refused("PreconditionFailed", w.s3.get_object, Bucket=name, Key="lock", IfMatch=first)
    refused("304", w.s3.get_object, Bucket=name, Key="lock", IfNoneMatch=second)
    written = w.s3.head_object(Bucket=name, Key="lock")["LastModified"]
    refused("304", w.s3.get_object, Bucket=name, Key="lock", IfModifiedSince=written)
    w.s3.get_object(Bucket=name, Key="lock", IfUnmodifiedSince=written)


@check
def copies(w):
    name, other = w.bucket(), w.bucket()
    w.s3.put_object(Bucket=name, Key="a b/ü", Body=b"bytes", Metadata={"colour": "blue"})
    w.s3.copy_object(Bucket=other, Key="copy", CopySource={"Bucket": name, "Key": "a b/ü"})
    got = w.s3.get_object(Bucket=other, Key="copy")
    same((got["Body"].read(), got["Metadata"]), (b"bytes", {"colour": "blue"}))
    w.s3.copy_object(
        Bucket=other, Key="copy", CopySource={"Bucket": other, "Key": "copy"}, MetadataDirective="REPLACE", Metadata={"colour": "red"}
    )
    same(w.s3.head_object(Bucket=other, Key="copy")["Metadata"], {"colour": "red"})
    refused("InvalidRequest", w.s3.copy_object, Bucket=other, Key="copy", CopySource={"Bucket": other, "Key": "copy"})
    refused("NoSuchKey", w.s3.copy_object, Bucket=other, Key="x", CopySource={"Bucket": name, "Key": "none"})


@check
def lists(w):
    name = w.bucket()
    names = ["a", "b/1", "b/2", "b/c/3", "d+e&f", "z"]
    for key in names:
        w.s3.put_object(Bucket=name, Key=key, Body=b"1")
    same(keys(w.s3.list_objects_v2(Bucket=name)), names)
    same(keys(w.s3.list_objects(Bucket=name)), names)
    page = w.s3.list_objects_v2(Bucket=name, Delimiter="/")
    same((keys(page), [p["Prefix"] for p in page["CommonPrefixes"]]), (["a", "d+e&f", "z"], ["b/"]))
    same(keys(w.s3.list_objects_v2(Bucket=name, Prefix="b/", Delimiter="/")), ["b/1", "b/2"])
    same(keys(w.s3.list_objects_v2(Bucket=name, StartAfter="b/2")), ["b/c/3", "d+e&f", "z"])
    for operation in ("list_objects_v2", "list_objects"):
        pages = list(w.s3.get_paginator(operation).paginate(Bucket=name, PaginationConfig={"PageSize": 2}))
        same((len(pages), [k for page in pages for k in keys(page)]), (3, names))
    grouped = w.s3.get_paginator("list_objects_v2").paginate(Bucket=name, Delimiter="/", PaginationConfig={"PageSize": 1})
    same([x for page in grouped for x in keys(page) + [p["Prefix"] for p in page.get("CommonPrefixes", [])]], ["a", "b/", "d+e&f", "z"])
    item = w.s3.list_objects_v2(Bucket=name, Prefix="z", FetchOwner=True)["Contents"][0]
    same((item["Size"], item["ETag"], item["StorageClass"]), (1, etag(b"1"), "STANDARD"))
    assert item["Owner"]["ID"]


@check
def many_deletions(w):
    name = w.bucket(versioned=True)
    for key in ("a", "b", "c"):
        w.s3.put_object(Bucket=name, Key=key, Body=b"1")
    got = w.s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    same(sorted(d["Key"] for d in got["Deleted"]), ["a", "b"])
    assert all(d["DeleteMarker"] for d in got["Deleted"])
    same(keys(w.s3.list_objects_v2(Bucket=name)), ["c"])
    got = w.s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert "Deleted" not in got and "Errors" not in got


@check
def multipart(w):
    name = w.bucket()
    upload = w.s3.create_multipart_upload(Bucket=name, Key="big", ContentType="text/plain", Metadata={"colour": "blue"})["UploadId"]
    first, second = b"a" * (5 * MIB), b"b" * 100
    parts = []
    for number, data in ((1, first), (2, second)):
        got = w.s3.upload_part(Bucket=name, Key="big", UploadId=upload, PartNumber=number, Body=data)
        same(got["ETag"], etag(data))
        parts.append({"PartNumber": number, "ETag": got["ETag"]})
    listed = w.s3.list_parts(Bucket=name, Key="big", UploadId=upload)["Parts"]
    same([(p["PartNumber"], p["Size"]) for p in listed], [(1, 5 * MIB), (2, 100)])
    pages = w.s3.get_paginator("list_parts").paginate(Bucket=name, Key="big", UploadId=upload, PaginationConfig={"PageSize": 1})
    same([p["PartNumber"] for page in pages for p in page["Parts"]], [1, 2])
    same([u["UploadId"] for u in w.s3.list_multipart_uploads(Bucket=name)["Uploads"]], [upload])
    done = w.s3.complete_multipart_upload(Bucket=name, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    digests = hashlib.md5(first).digest() + hashlib.md5(second).digest()
    same(done["ETag"], f'"{hashlib.md5(digests).hexdigest()}-2"')
    got = w.s3.get_object(Bucket=name, Key="big")
    same((got["Body"].read() == first + second, got["ContentType"], got["Metadata"]), (True, "text/plain", {"colour": "blue"}))
    upload = w.s3.create_multipart_upload(Bucket=name, Key="copy")["UploadId"]
    part = w.s3.upload_part_copy(
        Bucket=name, Key="copy", UploadId=upload, PartNumber=1, CopySource={"Bucket": name, "Key": "big"}, CopySourceRange="bytes=0-9"
    )["CopyPartResult"]
    done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    w.s3.complete_multipart_upload(Bucket=name, Key="copy", UploadId=upload, MultipartUpload=done)
    same(w.s3.get_object(Bucket=name, Key="copy")["Body"].read(), b"a" * 10)
    upload = w.s3.create_multipart_upload(Bucket=name, Key="none")["UploadId"]
    small = [w.s3.upload_part(Bucket=name, Key="none", UploadId=upload, PartNumber=n, Body=b"1")["ETag"] for n in (1, 2)]
    bad = {"Parts": [{"PartNumber": n + 1, "ETag": tag} for n, tag in enumerate(small)]}
    refused("EntityTooSmall", w.s3.complete_multipart_upload, Bucket=name, Key="none", UploadId=upload, MultipartUpload=bad)
    w.s3.abort_multipart_upload(Bucket=name, Key="none", UploadId=upload)
    refused("NoSuchUpload", w.s3.list_parts, Bucket=name, Key="none", UploadId=upload)


@check
def transfers(w):
    """boto3's own manager of transfers, in parts and in parallel."""
    name = w.bucket()
    data = os.urandom(12 * MIB)
    settings = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    w.s3.upload_fileobj(io.BytesIO(data), name, "big", Config=settings)
    into = io.BytesIO()
    w.s3.download_fileobj(name, "big", into, Config=settings)
    assert into.getvalue() == data
    w.s3.copy({"Bucket": name, "Key": "big"}, name, "copy", Config=settings)
    same(w.s3.head_object(Bucket=name, Key="copy")["ContentLength"], len(data))


@check
def presigned(w):
    name = w.bucket()
    address = w.s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "a b"}, ExpiresIn=60)
    with urllib.request.urlopen(urllib.request.Request(address, data=b"by link", method="PUT")) as answer:
        same(answer.status, 200)
    address = w.s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a b"}, ExpiresIn=60)
    same(anonymous(address), (200, b"by link"))
    same(anonymous(address.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))[0], 403)


@check
def signatures(w):
    name = w.bucket()
    refused("InvalidAccessKeyId", w.client("NOBODYATALL", w.secret).list_buckets)
    refused("SignatureDoesNotMatch", w.client(w.key, w.secret + "x").list_buckets)
    refused("SignatureDoesNotMatch", w.client(w.key, w.secret + "x").put_object, Bucket=name, Key="a", Body=b"1")
    same(keys(w.s3.list_objects_v2(Bucket=name)), [])
    unsigned = w.client(w.key, w.secret, s3={"addressing_style": "path", "payload_signing_enabled": False})
    unsigned.put_object(Bucket=name, Key="a", Body=b"1")
    same(w.s3.get_object(Bucket=name, Key="a")["Body"].read(), b"1")


def main():
    wanted = sys.argv[1:]
    failed = ran = 0
    for checksums in (None, "when_required"):
        for function in CHECKS:
            if wanted and not any(part in function.__name__ for part in wanted):
                continue
            label = f"{function.__name__} ({checksums or 'default checksums'})"
            world = World(checksums)
            ran += 1
            try:
                function(world)
                world.sweep()
                print(f"ok    {label}")
            except Exception:  # one failure must not hide the others
                failed += 1
                print(f"FAIL  {label}")
                traceback.print_exc()
                quietly_swept(world)
    print(f"boto3 {boto3.__version__}: {ran - failed} of {ran} checks hold")
    return 1 if failed or not ran else 0


def quietly_swept(world):
    try:
        world.sweep()
    except Exception as error:
        print(f"      not swept: {error}")


if __name__ == "__main__":
    sys.exit(main())
