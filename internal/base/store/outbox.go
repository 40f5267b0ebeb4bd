package store

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Post puts an effect into the outbox: it happens if, and only if, this transaction commits.
func (tx *Tx) Post(n *model.Notice) error {
	return tx.insert(`
		INSERT INTO outbox (id, pool_id, kind, payload, attempts, due_at, created_at, last_error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		n.ID, n.PoolID, n.Kind, n.Payload, n.Attempts, micros(n.DueAt), micros(n.CreatedAt), n.LastError)
}

// Lease takes up to limit effects that are due and hides them until the given
// time: a worker that dies gives them back by then.
func (tx *Tx) Lease(now, until time.Time, limit int) ([]*model.Notice, error) {
	var list []*model.Notice
	err := tx.each(`
		SELECT id, pool_id, kind, payload, attempts, due_at, created_at, last_error FROM outbox
		WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`, []any{micros(now), limit},
		func(scan func(...any) error) error {
			n := new(model.Notice)
			var due, created int64
			err := scan(&n.ID, &n.PoolID, &n.Kind, &n.Payload, &n.Attempts, &due, &created, &n.LastError)
			n.DueAt, n.CreatedAt = moment(due), moment(created)
			list = append(list, n)
			return err
		})
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		n.Attempts++
		n.DueAt = until
		if err := tx.Postpone(n); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Postpone stores when an effect is tried again, and why it was not done.
func (tx *Tx) Postpone(n *model.Notice) error {
	return tx.touch(`UPDATE outbox SET attempts = ?, due_at = ?, last_error = ? WHERE id = ?`,
		n.Attempts, micros(n.DueAt), n.LastError, n.ID)
}

// Done takes an effect out of the outbox.
func (tx *Tx) Done(id string) error {
	_, err := tx.exec(`DELETE FROM outbox WHERE id = ?`, id)
	return err
}

// NextDue tells when the next effect is due; the zero time when the outbox is empty.
func (tx *Tx) NextDue() (time.Time, error) {
	var at int64
	err := tx.one(`SELECT COALESCE(MIN(due_at), 0) FROM outbox`, nil, &at)
	return moment(at), err
}

// KeepMail stores a message in the development mailbox; a message delivered twice is kept once.
func (tx *Tx) KeepMail(m *model.Mail) error {
	_, err := tx.exec(`
		INSERT INTO mailbox (id, pool_id, channel, kind, recipient, subject, body, html, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		m.ID, m.PoolID, m.Channel, m.Kind, m.To, m.Subject, m.Text, m.HTML, micros(m.CreatedAt))
	return err
}

// Mails lists the newest messages of the development mailbox, newest first;
// to, unless empty, is the recipient.
func (tx *Tx) Mails(to string, limit int) ([]*model.Mail, error) {
	query := `
		SELECT id, pool_id, channel, kind, recipient, subject, body, html, created_at
		FROM mailbox ORDER BY created_at DESC, id DESC LIMIT ?`
	args := []any{limit}
	if to != "" {
		query = `
			SELECT id, pool_id, channel, kind, recipient, subject, body, html, created_at
			FROM mailbox WHERE recipient = ? ORDER BY created_at DESC, id DESC LIMIT ?`
		args = []any{to, limit}
	}
	var list []*model.Mail
	err := tx.each(query, args, func(scan func(...any) error) error {
		m := new(model.Mail)
		var created int64
		err := scan(&m.ID, &m.PoolID, &m.Channel, &m.Kind, &m.To, &m.Subject, &m.Text, &m.HTML, &created)
		m.CreatedAt = moment(created)
		list = append(list, m)
		return err
	})
	return list, err
}
