package hibp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// answer is what the server said about a range.
type answer struct {
	row
	unchanged bool
	bytes     int64
}

// retryable is an error that another attempt may not meet.
type retryable struct {
	cause error
	after time.Duration // what the server asked for
}

func (e *retryable) Error() string { return e.cause.Error() }
func (e *retryable) Unwrap() error { return e.cause }

// localError is an error of our own disk: it ends the download.
type localError struct{ cause error }

func (e *localError) Error() string { return "keep a range: " + e.cause.Error() }
func (e *localError) Unwrap() error { return e.cause }

const (
	maxPacked   = 4 << 20
	maxUnpacked = 16 << 20
)

// fetch asks for a range once, and keeps it if it is new.
func (d *download) fetch(ctx context.Context, prefix uint32, etag string) (answer, error) {
	url := d.cfg.URL + "/range/" + rangeName(prefix)
	if d.cfg.Alg == brx.NTLM {
		url += "?mode=ntlm"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("User-Agent", d.cfg.UserAgent)
	req.Header.Set("Accept-Encoding", "gzip") // asked for here, it comes as it was sent
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := d.cfg.Client.Do(req)
	if err != nil {
		return answer{}, &retryable{cause: err}
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && etag != "":
		return answer{unchanged: true}, nil
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return answer{}, &retryable{cause: fmt.Errorf("the server answers %s", resp.Status), after: d.retryAfter(resp.Header)}
	case resp.StatusCode != http.StatusOK:
		return answer{}, fmt.Errorf("the server answers %s", resp.Status)
	}
	return d.keep(prefix, resp)
}

// retryAfter is the pause that the server asks for, in seconds or until a date.
func (d *download) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(d.cfg.Now()), 0)
	}
	return 0
}

// keep checks a range and puts it in its place, gzipped.
func (d *download) keep(prefix uint32, resp *http.Response) (answer, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPacked+1))
	if err != nil {
		return answer{}, &retryable{cause: fmt.Errorf("read the answer: %w", err)}
	}
	if len(body) > maxPacked {
		return answer{}, errors.New("the answer is no range: it is too long")
	}
	packed, text := body, body
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		text, err = unpack(body)
	case "":
		packed, err = pack(body)
	default:
		err = errors.New("the server compresses in a way that was not asked for")
	}
	if err != nil {
		return answer{}, &retryable{cause: err}
	}
	lines, err := checkRange(text, d.cfg.Alg)
	if err != nil {
		return answer{}, &retryable{cause: err} // a proxy's error page passes
	}
	if err := place(d.path(prefix), packed); err != nil {
		return answer{}, &localError{err}
	}
	etag := resp.Header.Get("ETag")
	return answer{row: row{etag: etag, lines: uint32(lines), size: uint32(len(packed))}, bytes: int64(len(body))}, nil
}

func unpack(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("unpack the answer: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil {
		return nil, fmt.Errorf("unpack the answer: %w", err)
	}
	if len(text) > maxUnpacked {
		return nil, errors.New("the answer is no range: it is too long")
	}
	return text, nil
}

func pack(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// checkRange counts the lines of a range, each the rest of a hash, a colon and a
// number, ascending. So an error page or half an answer is never kept.
func checkRange(text []byte, alg brx.Alg) (lines int, err error) {
	digits := 2*alg.Bytes() - 5
	var last []byte
	scan := bufio.NewScanner(bytes.NewReader(text))
	for scan.Scan() {
		line := bytes.TrimRight(scan.Bytes(), " ")
		if len(line) == 0 {
			continue
		}
		lines++
		if len(line) < digits+2 || line[digits] != ':' || !allIn(line[:digits], isHex) || !allIn(line[digits+1:], isDigit) {
			return 0, fmt.Errorf("the answer is no range of %v hashes: line %d", alg, lines)
		}
		if bytes.Compare(last, line[:digits]) >= 0 {
			return 0, fmt.Errorf("the answer is not in order: line %d", lines)
		}
		last = append(last[:0], line[:digits]...)
	}
	if err := scan.Err(); err != nil {
		return 0, fmt.Errorf("the answer is no range of %v hashes: line %d: %w", alg, lines+1, err)
	}
	if lines == 0 {
		return 0, errors.New("the answer is empty")
	}
	return lines, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'A' && c <= 'F' }

func allIn(text []byte, in func(byte) bool) bool {
	for _, c := range text {
		if !in(c) {
			return false
		}
	}
	return true
}

// place writes a file under another name and renames it, so that a file with
// the name of a range is a whole one.
func place(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next := path + ".next"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
