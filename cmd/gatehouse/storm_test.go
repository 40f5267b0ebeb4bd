package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// TestKill ends a server as a power cut of the process would, in the middle of a
// storm of sign-ups: whoever was told 200 exists afterwards.
func TestKill(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testKill(t, storetest.SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { testKill(t, storetest.Postgres(t)) })
}

func testKill(t *testing.T, database string) {
	const (
		writers = 8
		enough  = 60 // acknowledged sign-ups before the end
	)
	args := []string{"--dev", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database", database}
	first := serving(t, args...)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writers}}
	d := &demo{api: &api{url: first.url, http: client}, region: "us-east-1"}
	ctx := context.Background()
	if err := d.prepare(ctx); err != nil {
		t.Fatal(err)
	}

	var acknowledged sync.Map
	var count atomic.Int64
	var storm sync.WaitGroup
	for w := range writers {
		storm.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("user-%d-%d", w, i)
				if err := d.api.call(ctx, "SignUp", d.signUp(name, name+"@example.com", "kT7!pQ2x-Zr9"), nil); err != nil {
					return // the server is gone
				}
				acknowledged.Store(name, true)
				if count.Add(1) == enough {
					first.kill() // the others are in the middle of theirs
				}
			}
		})
	}
	storm.Wait()
	if count.Load() < enough {
		said, _ := os.ReadFile(first.cmd.Dir + "/serve.err")
		t.Fatalf("only %d sign-ups were acknowledged before the server refused:\n%s", count.Load(), said)
	}

	second := serving(t, args...)
	d.api = &api{url: second.url, http: http.DefaultClient}
	lost := 0
	acknowledged.Range(func(name, _ any) bool {
		if err := d.api.call(ctx, "AdminGetUser", body{"UserPoolId": d.pool, "Username": name}, nil); err != nil {
			t.Errorf("%s was told 200 and is lost: %v", name, err)
			lost++
		}
		return lost < 5
	})
	if err := d.api.call(ctx, "SignUp", d.signUp("afterwards", "afterwards@example.com", "kT7!pQ2x-Zr9"), nil); err != nil {
		t.Errorf("nobody can sign up after the kill: %v", err)
	}
}
