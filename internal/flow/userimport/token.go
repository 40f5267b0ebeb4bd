package userimport

import (
	"encoding/base64"
	"net/url"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// The paths of URLs, after the base URL. The token follows in the query.
const (
	UploadPath = "/_gatehouse/import/file"
	LogPath    = "/_gatehouse/import/log"
	TokenKey   = "token"
)

const (
	purposeUpload = "import upload"
	purposeLog    = "import log"
	// maxToken is longer than any token of ours: a pool's and a job's id have 55 characters.
	maxToken = 512
)

// ticket is what a token holds: for which job, and until when in microseconds.
type ticket struct {
	Pool  string `json:"p"`
	Job   string `json:"j"`
	Until int64  `json:"u"`
}

// UploadURL is where the file of a job is put, for URLLife from its creation.
func (i *Imports) UploadURL(j *model.ImportJob) string {
	return i.sign(UploadPath, purposeUpload, j, j.CreatedAt.Add(URLLife))
}

// LogURL is where the log of a job is read, for URLLife from now; "" where nothing is logged.
func (i *Imports) LogURL(j *model.ImportJob) string {
	if j.LogChunks == 0 || !j.CompletedAt.IsZero() && !i.cfg.Now().Before(j.CompletedAt.Add(keepLog)) {
		return ""
	}
	return i.sign(LogPath, purposeLog, j, i.cfg.Now().Add(URLLife))
}

func (i *Imports) sign(path, purpose string, j *model.ImportJob, until time.Time) string {
	box := i.cfg.Ring.Seal(purpose, wire.Must(ticket{j.PoolID, j.ID, until.UnixMicro()}))
	return i.cfg.BaseURL + path + "?" + url.Values{TokenKey: {base64.RawURLEncoding.EncodeToString(box)}}.Encode()
}

var (
	badToken   = fault.New(fault.AccessDenied, "Access Denied")
	staleToken = fault.New(fault.AccessDenied, "Request has expired")
)

// admit opens a token. A fault says that it is none of ours, or too old.
func (i *Imports) admit(purpose, token string) (ticket, error) {
	var t ticket
	if len(token) > maxToken {
		return t, badToken
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return t, badToken // the decoder's error tells where, and no more
	}
	plain, err := i.cfg.Ring.Open(purpose, box)
	if err != nil {
		return t, badToken.Because(err)
	}
	if err := wire.Read(plain, &t); err != nil {
		return t, badToken.Because(err)
	}
	if i.cfg.Now().UnixMicro() >= t.Until {
		return t, staleToken
	}
	return t, nil
}
