-- dialect: postgres
-- Every change of a reserve is kept: the supervisor may ask who knew what, and when.

CREATE FUNCTION claims.note_reserve_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO claims.reserve_audit (claim_id, old_amount, new_amount, changed_at)
    SELECT NEW.claim_id, OLD.amount_minor, NEW.amount_minor, now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER reserve_changed
    AFTER UPDATE ON claims.reserve
    FOR EACH ROW
    EXECUTE FUNCTION claims.note_reserve_change();
