package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Run proves that the store keeps its promises on a database. Each call of
// database returns the URL of a new, empty one.
func Run(t *testing.T, database func(testing.TB) string) {
	for _, part := range []struct {
		name string
		test func(*testing.T, func(testing.TB) string)
	}{
		{"transaction", testTransactions},
		{"storm", testStorms},
		{"open", testOpening},
		{"pool", testPools},
		{"pool in memory", testPoolsInMemory},
		{"client", testClients},
		{"user", testUsers},
		{"users against maps", testUsersAgainstMaps},
		{"exposure", testExposure},
		{"policy", testPolicies},
		{"foreign", testForeign},
		{"candidate", testCandidates},
		{"import job", testImportJobs},
		{"import file", testImportFiles},
		{"login", testLogins},
		{"search", testSearch},
		{"group", testGroups},
		{"resource", testResources},
		{"domain", testDomains},
		{"identity", testIdentities},
		{"code", testCodes},
		{"authenticator", testAuthenticators},
		{"passkey", testPasskeys},
		{"device", testDevices},
		{"profile", testProfiles},
		{"feedback", testFeedback},
		{"family", testFamilies},
		{"lockout", testLockouts},
		{"tally", testTallies},
		{"event", testEvents},
		{"history", testHistory},
		{"outbox", testOutbox},
		{"mailbox", testMailbox},
		{"key", testKeys},
		{"sweep", testSweep},
		{"text", testTexts},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, database) })
	}
}

// start is when the stories of the suite begin; microseconds survive storage.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func newPool(id string) *model.Pool {
	return &model.Pool{
		ID:  id,
		Doc: &shape.UserPoolType{Id: &id, Name: new("first"), UsernameConfiguration: &shape.UsernameConfigurationType{CaseSensitive: new(false)}},
		MFA: &shape.SetUserPoolMfaConfigResponse{MfaConfiguration: new("OFF")},
		Keys: []model.SigningKey{
			{ID: "kid-1", Use: model.KeyForID, Box: []byte{1}, CreatedAt: start},
			{ID: "kid-2", Use: model.KeyForAccess, Box: []byte{2}, CreatedAt: start},
		},
	}
}

func newClient(pool, id string, flows ...string) *model.Client {
	return &model.Client{ID: id, PoolID: pool, Doc: &shape.UserPoolClientType{ClientName: new("web"), ExplicitAuthFlows: flows}}
}

func newUser(pool, sub, name string) *model.User {
	return &model.User{
		PoolID: pool, Sub: sub, Username: name, Status: model.Confirmed, Enabled: true,
		Attributes: map[string]string{"email": name + "@example.com", "email_verified": "true"},
		Credential: []byte{0, 1, 2}, CreatedAt: start, ModifiedAt: start,
	}
}

// addPool stores a pool and returns it as it is read again.
func addPool(t testing.TB, s *store.Store, id string) *model.Pool {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return tx.CreatePool(newPool(id), start) })
	return pool(t, s, id)
}

func pool(t testing.TB, s *store.Store, id string) *model.Pool {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (*model.Pool, error) { return tx.Pool(id) })
}

func addUser(t testing.TB, s *store.Store, p *model.Pool, u *model.User) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		return tx.CreateUser(p, u, []store.Login{{Name: p.Fold(u.Username), Kind: "username"}})
	})
}

// update fails the test when the Update does.
func update(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// refused fails the test unless the Update ends with this error.
func refused(t testing.TB, s *store.Store, want error, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); !errors.Is(err, want) {
		t.Fatalf("update: got %v, want %v", err, want)
	}
}

// read returns what fn read in a View.
func read[T any](t testing.TB, s *store.Store, fn func(*store.Tx) (T, error)) T {
	t.Helper()
	var v T
	if err := s.View(t.Context(), func(tx *store.Tx) (err error) { v, err = fn(tx); return err }); err != nil {
		t.Fatalf("view: %v", err)
	}
	return v
}

// absent fails the test unless fn reads ErrNotFound.
func absent[T any](t testing.TB, s *store.Store, fn func(*store.Tx) (T, error)) {
	t.Helper()
	err := s.View(t.Context(), func(tx *store.Tx) error { _, err := fn(tx); return err })
	if !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("view: got %v, want %v", err, store.ErrNotFound)
	}
}
