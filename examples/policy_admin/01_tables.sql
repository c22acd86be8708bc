-- dialect: tsql
-- Policy administration, SQL Server. Every policy Halyard Mutual has written since 1998 starts its life here.

CREATE TABLE dbo.Party (
    PartyId      INT IDENTITY(1, 1) NOT NULL PRIMARY KEY,
    PartyType    CHAR(1)        NOT NULL,          -- P person, O organisation
    FullName     NVARCHAR(200)  NOT NULL,
    TaxId        VARCHAR(20)    NULL,
    Email        NVARCHAR(254)  NULL,
    BirthDate    DATE           NULL,
    CountryCode  CHAR(2)        NOT NULL,
    ChangedAt    DATETIME2      NOT NULL
);
GO

CREATE TABLE dbo.Policy (
    PolicyId      INT          NOT NULL PRIMARY KEY,
    PolicyNumber  VARCHAR(16)  NOT NULL,
    HolderId      INT          NOT NULL REFERENCES dbo.Party (PartyId),
    ProductCode   VARCHAR(8)   NOT NULL,           -- HOME, MOTOR, BOAT
    InceptionDate DATE         NOT NULL,
    ExpiryDate    DATE         NOT NULL,
    Currency      CHAR(3)      NOT NULL,
    Status        VARCHAR(10)  NOT NULL,
    TermDays      AS DATEDIFF(DAY, InceptionDate, ExpiryDate)
);
GO

CREATE TABLE dbo.PremiumTransaction (
    TransactionId   BIGINT         NOT NULL PRIMARY KEY,
    PolicyId        INT            NOT NULL REFERENCES dbo.Policy (PolicyId),
    TransactionType VARCHAR(12)    NOT NULL,       -- NEW, RENEWAL, ENDORSEMENT, CANCEL
    WrittenAmount   DECIMAL(18, 2) NOT NULL,
    TaxAmount       DECIMAL(18, 2) NOT NULL,
    CommissionRate  DECIMAL(5, 4)  NOT NULL,
    BookedOn        DATE           NOT NULL
);
GO

CREATE TABLE export.PremiumExtract (
    PolicyNumber     VARCHAR(16)    NOT NULL,
    ProductCode      VARCHAR(8)     NOT NULL,
    BookedOn         DATE           NOT NULL,
    WrittenNet       DECIMAL(18, 2) NOT NULL,
    CommissionAmount DECIMAL(18, 2) NOT NULL,
    EarnedNet        DECIMAL(18, 2) NULL,
    IsRenewal        BIT            NOT NULL
);
GO

CREATE TABLE audit.PartyChange (
    PartyId   INT           NOT NULL,
    OldName   NVARCHAR(200) NULL,
    NewName   NVARCHAR(200) NULL,
    Action    NVARCHAR(10)  NOT NULL
);
GO

CREATE SYNONYM dbo.Client FOR dbo.Party;
GO
