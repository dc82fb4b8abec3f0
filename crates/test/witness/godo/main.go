// Command witness runs godo against DigitalOcean's API: create, list, get, update, delete of everything that Pontoon's
// catalog has.
//
// It takes from the environment DIGITALOCEAN_API_URL, DIGITALOCEAN_TOKEN (full access) and, where given,
// DIGITALOCEAN_SCOPED_TOKEN (of the same account, may read VPCs and nothing else) and SPACES_ENDPOINT_URL (without it CDN
// endpoints, which need a bucket, are left out). It prints a line for each check, and exits with 1 at the first that does
// not hold. Arguments choose parts by name.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"

	"github.com/digitalocean/godo"
)

type part struct {
	name string
	run  func(*checks)
}

var parts = []part{
	{"account", account},
	{"network", network},
	{"names", names},
	{"droplets", droplets},
	{"storage", storage},
	{"edge", edge},
	{"registry", registry},
	{"uptime", uptime},
	{"kubernetes", kubernetes},
	{"databases", databases},
}

// bearer sends the token; godo's own transport would add retries of its own.
type bearer struct{ token string }

func (b bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(request)
}

func clientOf(token string) (*godo.Client, error) {
	return godo.New(&http.Client{Transport: bearer{token}}, godo.SetBaseURL(os.Getenv("DIGITALOCEAN_API_URL")))
}

func main() {
	client, err := clientOf(os.Getenv("DIGITALOCEAN_TOKEN"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c := &checks{ctx: context.Background(), client: client}
	for _, part := range parts {
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], part.name) {
			continue
		}
		c.part = part.name
		if failure := c.attempt(part.run); failure != "" {
			fmt.Fprintf(os.Stderr, "FAILED %s: %s\n", part.name, failure)
			os.Exit(1)
		}
	}
	fmt.Printf("%d checks\n", c.count)
}
