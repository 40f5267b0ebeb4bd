package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// Mailbox keeps messages in the store instead of sending them, where a
// developer reads them. It is a notify.Sender for every channel.
type Mailbox struct {
	Store *store.Store
	Now   func() time.Time
}

// Send keeps the message; one that comes twice is kept once.
func (m *Mailbox) Send(ctx context.Context, msg notify.Message) error {
	if err := msg.Check(); err != nil {
		return err
	}
	mail := &model.Mail{
		ID: msg.ID, PoolID: msg.PoolID, Channel: strings.ToLower(string(msg.Channel)), Kind: msg.Kind,
		To: msg.To, Subject: msg.Subject, Text: msg.Text, HTML: msg.HTML, CreatedAt: m.Now(),
	}
	if err := m.Store.Update(ctx, func(tx *store.Tx) error { return tx.KeepMail(mail) }); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	return nil
}
