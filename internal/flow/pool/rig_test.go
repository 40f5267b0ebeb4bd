package pool_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/flow/keys"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

var update = flag.Bool("update", false, "write the golden files again")

// rig is a keeper of pools on a new SQLite database, with a clock of its own.
type rig struct {
	*pool.Pools
	db  *store.Store
	now time.Time
}

func newRig(t *testing.T, edit func(*pool.Config)) *rig {
	t.Helper()
	db := storetest.Open(t)
	ring := sealtest.Ring(t)
	var next atomic.Int64
	r := &rig{db: db, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	cfg := pool.Config{
		Store: db, Region: "us-east-1", Account: "000000000000",
		Keys: keys.New(keys.Config{Store: db, Ring: ring, NewKey: func() (*token.Key, error) {
			return testkeys.Key(int(next.Add(1)) % testkeys.Count), nil
		}}),
		Secrets: credential.New(credential.Config{Ring: ring}),
		Now:     func() time.Time { return r.now },
		Rand:    rand.NewChaCha8([32]byte{}),
	}
	if edit != nil {
		edit(&cfg)
	}
	r.Pools = pool.New(cfg)
	return r
}

// read decodes a request as the door does, limits and all.
func read[In any, P interface {
	*In
	shape.Input
}](t *testing.T, text string) P {
	t.Helper()
	in := P(new(In))
	if err := wire.Decode([]byte(text), in); err != nil {
		t.Fatal(err)
	}
	if err := in.Check(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return in
}

// pool makes a pool of this request and tells its id.
func (r *rig) pool(t *testing.T, text string) string {
	t.Helper()
	made, err := r.Create(t.Context(), read[shape.CreateUserPoolRequest](t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return made.ID
}

// client makes a client of a pool; rest are members beside pool and name.
func (r *rig) client(t *testing.T, poolID, rest string) (*shape.UserPoolClientType, error) {
	t.Helper()
	return r.CreateClient(t.Context(), read[shape.CreateUserPoolClientRequest](t,
		`{"UserPoolId":"`+poolID+`","ClientName":"app"`+rest+`}`))
}

func (r *rig) describe(t *testing.T, id string) *shape.UserPoolType {
	t.Helper()
	doc, err := r.Describe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// text is a value as JSON.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := wire.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refused checks that an error is this fault.
func refused(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	f, ok := fault.As(err)
	if !ok {
		t.Fatalf("got %v, want %s", err, code)
	}
	if f.Code != code || f.Message != message {
		t.Errorf("got  %s %q\nwant %s %q", f.Code, f.Message, code, message)
	}
}

// golden compares a value with a file.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var indented any
	if err := json.Unmarshal([]byte(text(t, v)), &indented); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(indented, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what is told now:\n%s", path, got)
	}
}
