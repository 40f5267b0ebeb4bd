package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

// measureImport brings users in by CSV, and as many straight into the store of the
// same server, which is the floor: rows and indexes, and nothing is checked.
func measureImport(ctx context.Context, o options, out figures) error {
	return onServer(ctx, o, func(p *process) error { return loadImport(ctx, o, out, p) })
}

func loadImport(ctx context.Context, o options, out figures, p *process) error {
	a := newAPI(p.url)
	pools := make([]string, 2)
	for i := range pools {
		var pool struct{ UserPool struct{ Id string } }
		err := a.call(ctx, "CreateUserPool", object{"PoolName": "import", "AutoVerifiedAttributes": []string{"email"}, "AliasAttributes": []string{"email"}}, &pool)
		if err != nil {
			return err
		}
		pools[i] = pool.UserPool.Id
	}
	began := time.Now()
	if err := fill(ctx, p.database, pools[0], o.rows); err != nil {
		return err
	}
	floor := time.Since(began)
	job, took, err := importCSV(ctx, a, p, pools[1], o.rows)
	if err != nil {
		return err
	}
	peak, err := p.peak()
	if err != nil {
		return err
	}
	if job.Status != "Succeeded" || job.ImportedUsers != o.rows {
		return fmt.Errorf("the job is %s after %d users: %s", job.Status, job.ImportedUsers, job.CompletionMessage)
	}
	out.line(fmt.Sprintf("%d users into the store alone", o.rows), "%v", floor.Round(10*time.Millisecond))
	out.line(fmt.Sprintf("%d users by CSV (goal 60 s for 100000)", o.rows), "%v: %.2f x the store alone, %.0f users a second",
		took.Round(10*time.Millisecond), float64(took)/float64(floor), float64(o.rows)/took.Seconds())
	out.line("most memory of the server (goal 256 MB)", "%.0f MB", float64(peak)/1e6)
	return nil
}

type importJob struct {
	JobId, PreSignedUrl, Status, CompletionMessage string
	ImportedUsers                                  int
}

// importCSV runs one job, and tells how long from its start to its end.
func importCSV(ctx context.Context, a *api, p *process, pool string, n int) (importJob, time.Duration, error) {
	var answer struct{ UserImportJob importJob }
	err := a.call(ctx, "CreateUserImportJob", object{
		"UserPoolId": pool, "JobName": "bench", "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/import",
	}, &answer)
	if err != nil {
		return importJob{}, 0, err
	}
	var file bytes.Buffer
	file.WriteString("cognito:username,name,given_name,family_name,email,email_verified,phone_number,address,cognito:mfa_enabled\n")
	for i := range n {
		fmt.Fprintf(&file, "csv%07d,User %d,User,Number %d,csv%07d@example.com,true,+1%010d,%d Main Street\\, Anytown,\n", i, i, i, i, i, i)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, answer.UserImportJob.PreSignedUrl, &file)
	if err != nil {
		return importJob{}, 0, err
	}
	res, err := a.http.Do(req)
	if err != nil {
		return importJob{}, 0, err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return importJob{}, 0, fmt.Errorf("upload: %s", res.Status)
	}
	began := time.Now()
	in := object{"UserPoolId": pool, "JobId": answer.UserImportJob.JobId}
	if err := a.call(ctx, "StartUserImportJob", in, nil); err != nil {
		return importJob{}, 0, err
	}
	for {
		if err := a.call(ctx, "DescribeUserImportJob", in, &answer); err != nil {
			return importJob{}, 0, err
		}
		switch answer.UserImportJob.Status {
		case "Pending", "InProgress":
		default:
			return answer.UserImportJob, time.Since(began), nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return importJob{}, 0, ctx.Err()
		}
	}
}
