package cognito

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

func (d *Door) getCSVHeader(ctx context.Context, _ *call, in *shape.GetCSVHeaderRequest) (*shape.GetCSVHeaderResponse, error) {
	columns, err := d.Imports.Header(ctx, *in.UserPoolId)
	return &shape.GetCSVHeaderResponse{UserPoolId: in.UserPoolId, CSVHeader: columns}, err
}

func (d *Door) createUserImportJob(ctx context.Context, _ *call, in *shape.CreateUserImportJobRequest) (*shape.CreateUserImportJobResponse, error) {
	j, err := d.Imports.Create(ctx, *in.UserPoolId, *in.JobName, *in.CloudWatchLogsRoleArn)
	if err != nil {
		return nil, err
	}
	return &shape.CreateUserImportJobResponse{UserImportJob: d.importJobType(j)}, nil
}

func (d *Door) startUserImportJob(ctx context.Context, _ *call, in *shape.StartUserImportJobRequest) (*shape.StartUserImportJobResponse, error) {
	j, err := d.Imports.Start(ctx, *in.UserPoolId, *in.JobId)
	if err != nil {
		return nil, err
	}
	return &shape.StartUserImportJobResponse{UserImportJob: d.importJobType(j)}, nil
}

func (d *Door) stopUserImportJob(ctx context.Context, _ *call, in *shape.StopUserImportJobRequest) (*shape.StopUserImportJobResponse, error) {
	j, err := d.Imports.Stop(ctx, *in.UserPoolId, *in.JobId)
	if err != nil {
		return nil, err
	}
	return &shape.StopUserImportJobResponse{UserImportJob: d.importJobType(j)}, nil
}

func (d *Door) describeUserImportJob(ctx context.Context, _ *call, in *shape.DescribeUserImportJobRequest) (*shape.DescribeUserImportJobResponse, error) {
	j, err := d.Imports.Describe(ctx, *in.UserPoolId, *in.JobId)
	if err != nil {
		return nil, err
	}
	return &shape.DescribeUserImportJobResponse{UserImportJob: d.importJobType(j)}, nil
}

func (d *Door) listUserImportJobs(ctx context.Context, _ *call, in *shape.ListUserImportJobsRequest) (*shape.ListUserImportJobsResponse, error) {
	bind := []string{"ListUserImportJobs", *in.UserPoolId}
	token, err := d.after(in.PaginationToken, bind...)
	if err != nil {
		return nil, err
	}
	created, id, err := importPlace(token)
	if err != nil {
		return nil, err
	}
	size := min(pageSize(in.MaxResults), mostJobsPerPage)
	jobs, err := d.Imports.List(ctx, *in.UserPoolId, created, id, size+1)
	if err != nil {
		return nil, err
	}
	jobs, next := page(d, jobs, size, func(j *model.ImportJob) string {
		return strconv.FormatInt(j.CreatedAt.UnixMicro(), 10) + " " + j.ID
	}, bind...)
	out := &shape.ListUserImportJobsResponse{UserImportJobs: []shape.UserImportJobType{}, PaginationToken: next}
	for _, j := range jobs {
		out.UserImportJobs = append(out.UserImportJobs, *d.importJobType(j))
	}
	return out, nil
}

// mostJobsPerPage is how many jobs the model lets an answer have, although 60 may be asked for.
const mostJobsPerPage = 50

// importPlace reads where a list of jobs goes on: after the job of this time and id.
func importPlace(token string) (created time.Time, id string, err error) {
	if token == "" {
		return created, "", nil
	}
	micros, id, _ := strings.Cut(token, " ")
	n, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return created, "", badToken.Because(err)
	}
	return time.UnixMicro(n).UTC(), id, nil
}

func (d *Door) importJobType(j *model.ImportJob) *shape.UserImportJobType {
	return &shape.UserImportJobType{
		JobName: &j.Name, JobId: &j.ID, UserPoolId: &j.PoolID, CloudWatchLogsRoleArn: &j.RoleARN,
		PreSignedUrl: new(d.Imports.UploadURL(j)), Status: new(string(j.Status)),
		ImportedUsers: &j.Imported, SkippedUsers: &j.Skipped, FailedUsers: &j.Failed,
		CompletionMessage: importMessage(j.Message),
		CreationDate:      wire.At(j.CreatedAt), StartDate: importTime(j.StartedAt), CompletionDate: importTime(j.CompletedAt),
	}
}

// importTime is a time that may not have come yet.
func importTime(at time.Time) *wire.Time {
	if at.IsZero() {
		return nil
	}
	return wire.At(at)
}

func importMessage(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
