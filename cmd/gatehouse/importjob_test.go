package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// TestKillDuringImport ends a server, as a power cut would, while
// it imports users: each comes in once, and the job is counted right.
func TestKillDuringImport(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testKillDuringImport(t, storetest.SQLite(t), 4000) })
	t.Run("PostgreSQL", func(t *testing.T) { testKillDuringImport(t, storetest.Postgres(t), 2000) })
}

type importJob struct {
	JobId, PreSignedUrl, Status, CompletionMessage string
	ImportedUsers, SkippedUsers, FailedUsers       int
}

func testKillDuringImport(t *testing.T, database string, n int) {
	args := []string{"--dev", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database", database}
	server := serving(t, args...)
	api := &api{url: server.url, http: http.DefaultClient}
	ctx := context.Background()
	call := func(operation string, in body, out any) {
		t.Helper()
		if err := api.call(ctx, operation, in, out); err != nil {
			t.Fatal(err)
		}
	}
	var pool struct{ UserPool struct{ Id string } }
	call("CreateUserPool", body{"PoolName": "web", "AutoVerifiedAttributes": []string{"email"}}, &pool)
	id := pool.UserPool.Id
	var job struct{ UserImportJob importJob }
	call("CreateUserImportJob", body{"UserPoolId": id, "JobName": "job", "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/import"}, &job)

	var file bytes.Buffer
	file.WriteString("cognito:username,email,email_verified\n")
	for i := range n {
		fmt.Fprintf(&file, "user%d,user%d@example.com,%v\n", i, i, i%10 != 9) // each tenth is not verified
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, job.UserImportJob.PreSignedUrl, &file)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	res.Body.Close()
	in := body{"UserPoolId": id, "JobId": job.UserImportJob.JobId}
	call("StartUserImportJob", in, nil)

	deaths := 0
	for deadline := time.Now().Add(3 * time.Minute); ; {
		call("DescribeUserImportJob", in, &job)
		j := job.UserImportJob
		if j.Status != "Pending" && j.Status != "InProgress" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after three minutes the job is %+v", j)
		}
		if j.ImportedUsers > 0 && deaths < 1 { // it is in the middle
			server.kill()
			deaths++
			server = serving(t, args...)
			api.url = server.url
		}
		time.Sleep(time.Millisecond)
	}
	j := job.UserImportJob
	if j.Status != "Succeeded" || j.ImportedUsers != n-n/10 || j.FailedUsers != n/10 || j.SkippedUsers != 0 {
		t.Errorf("after %d deaths the job is %+v", deaths, j)
	}
	if deaths == 0 {
		t.Error("the server was never killed")
	}
	var described struct {
		UserPool struct{ EstimatedNumberOfUsers int }
	}
	call("DescribeUserPool", body{"UserPoolId": id}, &described)
	if got := described.UserPool.EstimatedNumberOfUsers; got != n-n/10 {
		t.Errorf("the pool has %d users, want %d", got, n-n/10)
	}
}
