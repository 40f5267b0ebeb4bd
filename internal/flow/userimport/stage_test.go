package userimport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/account"
	"github.com/gatehouse-id/gatehouse/internal/flow/code"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
)

const poolID = "us-east-1_Import000"

// stage is a pool that verifies e-mail addresses, and its import jobs.
type stage struct {
	*storetest.Stage
	*Imports
	t    testing.TB
	ring *seal.Ring
}

func newStage(t testing.TB) *stage {
	s := &stage{Stage: storetest.NewStage(t, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), t: t, ring: sealtest.Ring(t)}
	s.Imports = s.node()
	text := func(name, kind string) shape.SchemaAttributeType {
		return shape.SchemaAttributeType{Name: &name, AttributeDataType: &kind, Mutable: new(true), Required: new(false)}
	}
	s.Update(func(tx *store.Tx) error {
		return tx.CreatePool(&model.Pool{
			ID: poolID, MFA: &shape.SetUserPoolMfaConfigResponse{},
			Doc: &shape.UserPoolType{
				Id: new(poolID), AutoVerifiedAttributes: []string{"email"}, AliasAttributes: []string{"email"},
				SchemaAttributes: []shape.SchemaAttributeType{
					text("sub", "String"), text("name", "String"), text("given_name", "String"), text("email", "String"), text("email_verified", "Boolean"),
				},
			},
		}, s.Clock())
	})
	return s
}

// node is a process of its own on the stage's database.
func (s *stage) node() *Imports {
	codes := code.New(code.Config{Ring: s.ring, Outbox: outbox.New(outbox.Config{Store: s.Store, Ring: s.ring})})
	return New(Config{
		Store: s.Store, Ring: s.ring, BaseURL: "http://127.0.0.1", Now: s.Clock,
		Accounts: account.New(account.Config{Store: s.Store, Ring: s.ring, Codes: codes, Now: s.Clock}),
	})
}

// file is a CSV file of so many users.
func file(n int) []byte {
	var b bytes.Buffer
	b.WriteString("cognito:username,name,given_name,email,email_verified,cognito:mfa_enabled\n")
	for i := range n {
		fmt.Fprintf(&b, "user%07d,User %d,User,user%07d@example.com,true,\n", i, i, i)
	}
	return b.Bytes()
}

// token is what stands in a URL.
func (s *stage) token(address string) string {
	s.t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get(TokenKey) == "" {
		s.t.Fatalf("%q is no URL with a token: %v", address, err)
	}
	return u.Query().Get(TokenKey)
}

// job makes a job, uploads its file, and starts it.
func (s *stage) job(body io.Reader) *model.ImportJob {
	s.t.Helper()
	j, err := s.Create(s.t.Context(), poolID, "job", "arn:aws:iam::123456789012:role/import")
	if err == nil {
		_, err = s.Upload(s.t.Context(), s.token(s.UploadURL(j)), body)
	}
	if err == nil {
		j, err = s.Start(s.t.Context(), poolID, j.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return j
}

// work does all that is due.
func (s *stage) work() {
	s.t.Helper()
	for {
		worked, err := s.Work(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// ended reads a job, which must be over.
func (s *stage) ended(id string, status model.ImportStatus) *model.ImportJob {
	s.t.Helper()
	j, err := s.Describe(s.t.Context(), poolID, id)
	if err != nil {
		s.t.Fatal(err)
	}
	if j.Status != status {
		s.t.Fatalf("the job is %s (%s), want %s", j.Status, j.Message, status)
	}
	return j
}

func (s *stage) users() (n int) {
	s.View(func(tx *store.Tx) (err error) {
		n, err = tx.CountUsers(poolID)
		return err
	})
	return n
}

// log is the log of a job; "" where there is none.
func (s *stage) log(id string) string {
	s.t.Helper()
	var b strings.Builder
	if err := s.WriteLog(context.Background(), poolID, id, &b); err != nil && b.Len() > 0 {
		s.t.Fatal(err)
	}
	return b.String()
}

func BenchmarkImport(b *testing.B) {
	const n = 10_000
	body := file(n)
	for b.Loop() {
		s := newStage(b)
		j := s.job(bytes.NewReader(body))
		began := time.Now()
		s.work()
		b.ReportMetric(float64(time.Since(began).Microseconds())/n, "us/user")
		s.ended(j.ID, model.ImportSucceeded)
	}
}
