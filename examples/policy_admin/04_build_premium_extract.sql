-- dialect: tsql
-- The nightly extract. Two temporary tables on the way: lineagraph folds them, so that
-- export.PremiumExtract is seen to come from the policy tables themselves.

CREATE PROCEDURE export.uspBuildPremiumExtract
    @AsOf DATE
AS
BEGIN
    SET NOCOUNT ON;

    SELECT
        t.PolicyId,
        t.BookedOn,
        SUM(t.WrittenAmount - t.TaxAmount) AS WrittenNet,
        SUM((t.WrittenAmount - t.TaxAmount) * t.CommissionRate) AS CommissionAmount,
        MAX(CASE WHEN t.TransactionType = 'RENEWAL' THEN 1 ELSE 0 END) AS IsRenewal
    INTO #Written
    FROM dbo.PremiumTransaction AS t
    WHERE t.BookedOn <= @AsOf
    GROUP BY t.PolicyId, t.BookedOn;

    CREATE TABLE #Earned (
        PolicyId  INT            NOT NULL,
        BookedOn  DATE           NOT NULL,
        EarnedNet DECIMAL(18, 2) NOT NULL
    );

    INSERT INTO #Earned (PolicyId, BookedOn, EarnedNet)
    SELECT
        w.PolicyId,
        w.BookedOn,
        w.WrittenNet * dbo.fnEarnedShare(p.InceptionDate, p.ExpiryDate, @AsOf)
    FROM #Written AS w
    INNER JOIN dbo.Policy AS p ON p.PolicyId = w.PolicyId;

    TRUNCATE TABLE export.PremiumExtract;

    INSERT INTO export.PremiumExtract
        (PolicyNumber, ProductCode, BookedOn, WrittenNet, CommissionAmount, EarnedNet, IsRenewal)
    SELECT
        p.PolicyNumber,
        p.ProductCode,
        w.BookedOn,
        w.WrittenNet,
        ROUND(w.CommissionAmount, 2),
        e.EarnedNet,
        w.IsRenewal
    FROM #Written AS w
    INNER JOIN dbo.Policy AS p ON p.PolicyId = w.PolicyId
    LEFT JOIN #Earned AS e ON e.PolicyId = w.PolicyId AND e.BookedOn = w.BookedOn;

    DROP TABLE #Earned;
    DROP TABLE #Written;
END;
GO
