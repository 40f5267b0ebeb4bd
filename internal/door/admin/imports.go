package admin

import (
	"context"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Import is how far an import job is, and where its log can be read.
type Import struct {
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Status   model.ImportStatus `json:"status"`
	Lines    int64              `json:"lines"` // of the file, with its header, that are done
	Imported int64              `json:"imported"`
	Skipped  int64              `json:"skipped"`
	Failed   int64              `json:"failed"`
	Message  string             `json:"message,omitzero"` // how the job ended
	// Where the rows that made no user are told, one a line, as plain text. Good for
	// 15 minutes; absent where there are none, and 30 days after the job ended.
	LogURL string `json:"logUrl,omitzero"`

	CreatedAt   time.Time `json:"createdAt"`
	StartedAt   time.Time `json:"startedAt,omitzero"`
	CompletedAt time.Time `json:"completedAt,omitzero"`
}

// How far a user import job is, and a URL of its log.
func (d *Door) importJob(ctx context.Context, c *call) (*Import, error) {
	j, err := d.Imports.Describe(ctx, c.path["pool"], c.path["job"])
	if err != nil {
		return nil, err
	}
	return &Import{
		ID: j.ID, Name: j.Name, Status: j.Status, Lines: j.Line, Imported: j.Imported, Skipped: j.Skipped, Failed: j.Failed,
		Message: j.Message, LogURL: d.Imports.LogURL(j),
		CreatedAt: j.CreatedAt.UTC(), StartedAt: utc(j.StartedAt), CompletedAt: utc(j.CompletedAt),
	}, nil
}

// utc is a time in UTC; the zero time stays what it is.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
