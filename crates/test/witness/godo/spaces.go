package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/digitalocean/godo"
)

// withBucket makes a key with full access and a bucket by it, in Frankfurt, and takes both away afterwards. Where
// SPACES_ENDPOINT_URL is not given it does nothing.
func withBucket(c *checks, bucket string, use func()) {
	endpoint := os.Getenv("SPACES_ENDPOINT_URL")
	if endpoint == "" {
		return
	}
	all := []*godo.Grant{{Permission: godo.SpacesKeyFullAccess}}
	key := must[*godo.SpacesKey](c, "a key with full access")(c.client.SpacesKeys.Create(c.ctx, &godo.SpacesKeyCreateRequest{Name: "for-a-bucket", Grants: all}))
	location := "<CreateBucketConfiguration><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>"
	c.equal("the key makes a bucket", bucketCall(endpoint, key, http.MethodPut, bucket, location), 200)
	use()
	c.equal("and takes it away", bucketCall(endpoint, key, http.MethodDelete, bucket, ""), 204)
	c.done("the key's deletion")(c.client.SpacesKeys.Delete(c.ctx, key.AccessKey))
}

// bucketCall makes one call with signature v4, written out by hand from AWS's description, and returns its status.
func bucketCall(endpoint string, key *godo.SpacesKey, method, bucket, body string) int {
	address, err := url.Parse(endpoint)
	if err != nil {
		return 0
	}
	now := time.Now().UTC()
	day, moment := now.Format("20060102"), now.Format("20060102T150405Z")
	digest := hash(body)
	headers := fmt.Sprintf("host:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n", address.Host, digest, moment)
	const signed = "host;x-amz-content-sha256;x-amz-date"
	canonical := strings.Join([]string{method, "/" + bucket, "", headers, signed, digest}, "\n")
	scope := day + "/us-east-1/s3/aws4_request"
	text := strings.Join([]string{"AWS4-HMAC-SHA256", moment, scope, hash(canonical)}, "\n")
	secret := []byte("AWS4" + key.SecretKey)
	for _, part := range []string{day, "us-east-1", "s3", "aws4_request"} {
		secret = mac(secret, part)
	}
	request, err := http.NewRequest(method, endpoint+"/"+bucket, strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("x-amz-date", moment)
	request.Header.Set("x-amz-content-sha256", digest)
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		key.AccessKey, scope, signed, hex.EncodeToString(mac(secret, text))))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	keyed := hmac.New(sha256.New, key)
	keyed.Write([]byte(text))
	return keyed.Sum(nil)
}
